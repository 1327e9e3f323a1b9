/**
 * How long heatbox takes to start: `--help`, and from the command line to the first box. Medians of several runs, each a
 * process of its own. Part of `npm run bench`.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/files/package-root.ts';
import { median } from '../median.ts';

const RUNS = 7;
const program = join(packageRoot(), 'dist/src/cli/main.js');
const sample = join(packageRoot(), 'samples/cockatoo.mp4');

process.stdout.write(`\nstart: medians of ${RUNS} runs, seconds\n`);
await row('heatbox --help', ['--help'], /Usage/);
for (const precision of ['fp32', 'int8']) {
  const args = ['annotate', sample, '--json', '-', '--precision', precision];
  await row(`to the first box of the sample, ${precision}`, args, /"type":"frame".*"box":/);
}

async function row(label: string, args: readonly string[], awaited: RegExp): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) times.push(await timeTo(args, awaited));
  process.stdout.write(`  ${label.padEnd(44)}${(median(times) / 1000).toFixed(2).padStart(9)}\n`);
}

/** Milliseconds until the program has printed what is awaited; then it is ended. */
function timeTo(args: readonly string[], awaited: RegExp): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let took: number | undefined;
    let text = '';
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.on('data', (data: Buffer) => {
      if (took !== undefined) return;
      text += data.toString();
      if (!awaited.test(text)) return;
      took = performance.now() - began;
      child.kill();
    });
    child.on('exit', () => {
      if (took === undefined) reject(new Error(`heatbox ${args.join(' ')} ended without ${awaited}`));
      else resolve(took);
    });
  });
}
