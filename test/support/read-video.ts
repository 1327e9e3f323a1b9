import { openInput } from '../../src/media/input/open-input.ts';
import { videoReader } from '../../src/media/input/video-reader.ts';
import type { OpenOptions } from '../../src/media/protocol.ts';
import { command } from './command.ts';

export interface Read {
  /** Of the frames, in seconds. */
  readonly times: readonly number[];
  readonly computed: boolean;
  /** Each once, as a run would print them. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Decodes a file to its end, in this thread. */
export function readVideo(input: string, options: Omit<OpenOptions, 'input'> = {}): Read {
  const warnings = new Map<string, string>();
  const opened = openInput(input);
  const reader = videoReader(opened, { threads: 1, ...options, input }, (code, message) => warnings.set(message, code));
  const { num, den } = opened.video.timeBase;
  const times: number[] = [];
  try {
    for (let timed = reader.next(() => {}); timed !== null; timed = reader.next(() => {})) {
      times.push((Number(timed.ticks) * num) / den);
      timed.frame.free();
    }
    return {
      times,
      computed: reader.computedTimestamps(),
      warnings: [...warnings].map(([message, code]) => ({ code, message })),
    };
  } finally {
    reader.close();
    opened.format.closeInputSync();
  }
}

/** How many frames the ffmpeg command decodes. */
export async function framesByCommand(input: string): Promise<number> {
  const args = ['-v', 'quiet', '-nostdin', '-threads', '1', '-i', input];
  const output = await command('ffmpeg', ...args, '-map', '0:V:0', '-fps_mode', 'passthrough', '-f', 'framehash', '-');
  return output.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}
