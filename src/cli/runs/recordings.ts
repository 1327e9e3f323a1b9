import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { HeatboxError } from '../../error.ts';
import { planOutput } from '../../files/output-file.ts';
import type { OutputOptions } from '../../media/protocol.ts';

/**
 * Where the recordings of a run go: `record.mp4` for the first session, `record-2.mp4` for the second, since each session
 * begins a video anew; with several streams the stream's name stands before the number.
 *
 * @param replace - Whether existing files may be written over.
 * @throws HeatboxError `OUTPUT_…`
 */
export function planRecordings(
  path: string,
  streams: readonly { readonly name: string; readonly source: string }[],
  replace: boolean,
): (stream: string, session: string) => OutputOptions {
  const extension = extname(path);
  if (extension.toLowerCase() !== '.mp4') {
    throw new HeatboxError('OUTPUT_EXTENSION', `a recording is an .mp4 file, not "${path}"`, {
      value: path,
      kind: 'usage',
      hint: 'Give a name that ends in .mp4.',
    });
  }
  const stem = path.slice(0, -extension.length);
  const counts = new Map<string, number>();
  const nameOf = (stream: string, count: number) =>
    `${stem}${streams.length > 1 ? `-${stream}` : ''}${count > 1 ? `-${count}` : ''}${extension}`;
  for (const { name, source } of streams) planOutput(nameOf(name, 1), source, replace);
  return (stream) => {
    let count = counts.get(stream) ?? 0;
    do count++;
    while (count > 1 && !replace && existsSync(nameOf(stream, count)));
    counts.set(stream, count);
    return { path: nameOf(stream, count), format: 'mp4', encoder: 'libx264', crf: 23, preset: 'veryfast', threads: 1 };
  };
}
