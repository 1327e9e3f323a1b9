import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/files/package-root.ts';

const run = promisify(execFile);

/** Run before the program: tells of every native library on stderr. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
  const { dlopen } = process;
  process.dlopen = (...args) => {
    process.stderr.write('native: ' + args[1] + '\\n');
    return dlopen.apply(process, args);
  };
`)}`;

async function nativeLibraries(...args: string[]): Promise<string[]> {
  const program = join(packageRoot(), 'dist/src/cli/main.js');
  const { stderr } = await run(process.execPath, ['--import', WATCH, program, ...args]);
  return stderr.split('\n').filter((line) => line.startsWith('native: '));
}

it.each([['--help'], ['annotate', '--help'], ['serve', '--help'], ['models', 'quantize', '--help'], ['--version']])(
  'heatbox %s %s %s loads no native library',
  async (...args) => {
    expect(await nativeLibraries(...args)).toEqual([]);
  },
);

it('what does need one is seen', async () => {
  const sample = join(packageRoot(), 'samples/realshort.mp4');
  expect((await nativeLibraries('probe', sample)).length).toBeGreaterThan(0);
});
