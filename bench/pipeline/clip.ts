import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/files/package-root.ts';

/**
 * Makes an H.264 clip of the sample, without sound.
 *
 * @param path - Of the clip, `.mp4`.
 * @param size - As `1280:720`.
 * @param turns - How often the sample's 280 frames are played.
 */
export function makeClip(path: string, size: string, turns: number): string {
  const sample = join(packageRoot(), 'samples', 'cockatoo.mp4');
  const turn = `${path}.turn.mp4`;
  ffmpeg('-i', sample, '-vf', `scale=${size},format=yuv420p`, '-an', '-c:v', 'libx264', turn);
  ffmpeg('-stream_loop', String(turns - 1), '-i', turn, '-c', 'copy', path);
  rmSync(turn);
  return path;
}

function ffmpeg(...options: string[]): void {
  const { error, status } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...options], { stdio: 'inherit' });
  if (error !== undefined) throw new Error('the benchmark makes its clips with the ffmpeg command, which is not here');
  if (status !== 0) throw new Error(`ffmpeg could not make ${options.at(-1)}`);
}
