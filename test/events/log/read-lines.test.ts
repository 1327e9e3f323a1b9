import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { readLines } from '../../../src/events/log/read-lines.ts';

async function file(...pieces: readonly (string | Buffer)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'heatbox-lines-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'segment');
  const handle = await open(path, 'w');
  for (const piece of pieces) await handle.write(piece as string);
  await handle.close();
  return path;
}

async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const some of readLines(path)) lines.push(...some.map(String));
  return lines;
}

it('gives the whole lines, wherever chunks end', async () => {
  const path = await file('');
  const line = fc.integer({ min: 0, max: 200_000 }).map((length) => 'x'.repeat(length));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), line, async (lines, rest) => {
      await writeFile(path, lines.map((one) => `${one}\n`).join('') + rest);
      expect(await linesOf(path)).toEqual(lines.filter((one) => one !== ''));
    }),
    { numRuns: 30 },
  );
});

it('copies a line without an end once, not with every chunk', async () => {
  const megabytes = 12;
  const path = await file(Buffer.alloc(megabytes * 2 ** 20, 'x'), '\nnext\n');
  const concat = vi.spyOn(Buffer, 'concat');
  onTestFinished(() => concat.mockRestore());
  const lines = await linesOf(path);
  expect(lines.map(({ length }) => length)).toEqual([megabytes * 2 ** 20, 4]);
  expect(concat).toHaveBeenCalledTimes(1);
});

it('leaves out a line that is longer than any event, and keeps none of it', async () => {
  const block = Buffer.alloc(2 ** 20, 'x');
  const path = await file(
    'first\n',
    ...Array.from({ length: 40 }, () => block),
    '\nlast\n',
    ...Array.from({ length: 40 }, () => block),
  );
  const concat = vi.spyOn(Buffer, 'concat');
  onTestFinished(() => concat.mockRestore());
  expect(await linesOf(path)).toEqual(['first', 'last']);
  expect(concat).not.toHaveBeenCalled();
});
