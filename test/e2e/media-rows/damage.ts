import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { type Row, second, small, x264 } from './row.ts';

const cut = (path: string) => truncateSync(path, Math.floor(statSync(path).size * 0.6));

/** Zeros in the middle, as where a block of a disk could not be read. */
function hole(path: string): void {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  writeFileSync(path, bytes.fill(0, middle, middle + 3000));
}

const make = [...second, ...small, ...x264, '-g', '5', '-c:a', 'mp2'];

/** Files that are cut off or damaged: what FFmpeg decodes of them comes, with a warning. */
export const damage: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(
    (
      [
        ['cut.mkv', cut, ['SOURCE_TRUNCATED']],
        ['cut.avi', cut, ['SOURCE_TRUNCATED']],
        ['cut.ts', cut, ['PACKET_DAMAGED']],
        ['hole.mkv', hole, ['PACKET_DAMAGED']],
        ['hole.ts', hole, ['PACKET_DAMAGED']],
      ] as const
    ).map(([file, change, warnings]): [string, Row] => [
      file,
      {
        ...{ file, make, change, recipe: file, warnings, likeness: 0, audio: ['copied'], needs: ['mp2'] },
        ...(file.endsWith('avi') ? { timestamps: 'computed' } : {}),
      },
    ]),
  ),
};
