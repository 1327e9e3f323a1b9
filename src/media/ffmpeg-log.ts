import { AV_LOG_INFO, AV_LOG_QUIET, AV_LOG_WARNING } from 'node-av/constants';
import { type FormatContext, Log } from 'node-av/lib';
import { redact } from '../redact.ts';

/** Keeps FFmpeg from writing to stderr while no one captures its log. */
export function quietLog(): void {
  Log.setLevel(AV_LOG_QUIET);
}

/**
 * Ends the log's line to this thread and waits for what is on its way: node-av calls into the thread for every line, and
 * one that arrives when the thread is being torn down ends the process.
 */
export async function releaseLog(): Promise<void> {
  Log.setCallback(null);
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

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
