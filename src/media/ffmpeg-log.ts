import { AV_LOG_INFO, AV_LOG_WARNING } from 'node-av/constants';
import { type FormatContext, Log } from 'node-av/lib';
import { redact } from '../redact.ts';

/** FFmpeg's log lines, redacted, instead of its writing to stderr. Only warnings and worse. */
export function captureLog(receive: (level: number, message: string) => void): () => void {
  Log.setCallback((level, message) => receive(level, redact(message.trimEnd())), { maxLevel: AV_LOG_WARNING });
  return () => Log.setCallback(() => {}, { maxLevel: AV_LOG_WARNING });
}

/** FFmpeg's own description of an opened input, as `ffmpeg -i` prints it. Takes the log over while it is written. */
export async function describeInput(format: FormatContext): Promise<string> {
  const end = `end of description ${Math.random()}`;
  let text = '';
  return new Promise((resolve) => {
    const timeout = setTimeout(() => resolve(text), 500);
    Log.setCallback(
      (_level, message) => {
        if (message.includes(end)) {
          clearTimeout(timeout);
          resolve(text);
        } else text += message;
      },
      { maxLevel: AV_LOG_INFO },
    );
    format.dumpFormat(0, '', false);
    Log.log(AV_LOG_INFO, end);
  });
}
