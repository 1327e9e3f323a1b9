import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/model/package-root.ts';

/**
 * Makes an H.264 clip of the sample, without sound.
 *
 * @param path - Of the clip, `.mp4`.
 * @param size - As `1280:720`.
 * @param turns - How often the sample's 280 frames are played.
 */
export function makeClip(path: string, size: string, turns: number): string {
  const sample = join(packageRoot(), 'samples', 'cockatoo.mp4');
  const input = ['-stream_loop', String(turns - 1), '-i', sample];
  const output = ['-vf', `scale=${size},format=yuv420p`, '-an', '-c:v', 'libx264', path];
  const made = spawnSync('ffmpeg', ['-v', 'error', ...input, ...output]);
  if (made.error !== undefined)
    throw new Error('the benchmark makes its clips with the ffmpeg command, which is not here');
  return path;
}
