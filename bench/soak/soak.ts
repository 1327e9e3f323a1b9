/**
 * `npm run bench soak`: 20,000 frames through the whole of annotate with a tiny network, and a look at memory,
 * descriptors and threads after every 2,000: they must be flat.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, takeWhile, tap } from 'rxjs';
import { annotateFile } from '../../pipelines/annotate-file.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { benchOptions } from '../options.ts';
import { head, row } from './soak-row.ts';

const FRAMES = 20_000;
const EVERY = 2000;
const { minutes } = benchOptions({ seed: 0, minutes: 60 });

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
  process.stdout.write(head('frames', 'fps'));
  await lastValueFrom(
    run.frames.pipe(
      tap(() => {
        if (++frames % EVERY !== 0) return;
        const fps = frames / ((performance.now() - began) / 1000);
        process.stdout.write(row(frames, fps.toFixed(0)));
      }),
      takeWhile(() => performance.now() - began < minutes * 60_000),
    ),
  );
  await run.close();
} finally {
  rmSync(folder, { recursive: true });
}
