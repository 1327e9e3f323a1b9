/**
 * `npm run bench:soak`: 20,000 frames through the whole of annotate with a tiny network, and a look at memory,
 * descriptors and threads after every 2,000: they must be flat.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import { annotateFile } from '../pipelines/annotate-file.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const FRAMES = 20_000;
const EVERY = 2000;

const folder = mkdtempSync(join(tmpdir(), 'heatbox-soak-'));
try {
  const model = writeTinyModel(join(folder, 'model'));
  const input = join(folder, 'long.mp4');
  const clip = `color=gray:s=320x180:r=25:d=${FRAMES / 25}[b];color=red:s=64x48:r=25[r];[b][r]overlay=x='128+96*sin(t)':y='66+40*cos(t)'`;
  const made = spawnSync('ffmpeg', [
    '-v',
    'error',
    '-filter_complex',
    `${clip}:shortest=1`,
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    input,
  ]);
  if (made.error !== undefined)
    throw new Error('the benchmark makes its clip with the ffmpeg command, which is not here');
  const run = await annotateFile({ input, output: join(folder, 'out.mp4'), model, heatmap: 0.5, preset: 'ultrafast' });
  const began = performance.now();
  let frames = 0;
  process.stdout.write('frames   RSS MiB  JS heap MiB  descriptors  threads  fps\n');
  await lastValueFrom(
    run.frames.pipe(
      tap(() => {
        if (++frames % EVERY === 0) row(frames, began);
      }),
    ),
  );
  await run.close();
} finally {
  rmSync(folder, { recursive: true });
}

function row(frames: number, began: number): void {
  const { rss, heapUsed } = process.memoryUsage();
  const mebi = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const fps = frames / ((performance.now() - began) / 1000);
  const cells = [
    frames,
    mebi(rss),
    mebi(heapUsed),
    readdirSync('/proc/self/fd').length,
    readdirSync('/proc/self/task').length,
    fps.toFixed(0),
  ];
  const widths = [6, 9, 12, 12, 8, 4];
  process.stdout.write(`${cells.map((cell, column) => String(cell).padStart(widths[column]!)).join(' ')}\n`);
}
