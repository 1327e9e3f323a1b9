import { HeatboxError } from '../src/error.ts';
import type { Size } from '../src/types.ts';

/** Bytes that full frames under way may take, and where a run is refused. */
const FRAMES_MEMORY = 256 * 2 ** 20;
const MOST_FRAMES_MEMORY = 2 ** 31;

/**
 * How many frames may be under way: a batch in each worker's hands, one at the door and one being decoded, as far as the
 * memory for full frames goes: more than a stride, since the boxes between two frames the network sees wait for the second.
 *
 * @param keepsFrames - Whether the full frames wait too, to be drawn on.
 * @throws HeatboxError `STRIDE_MEMORY`
 */
export function creditsFor(
  { width, height }: Size,
  {
    batch,
    stride,
    workers = 1,
    keepsFrames,
  }: { batch: number; stride: number; workers?: number; keepsFrames: boolean },
): number {
  const wanted = (workers + 2) * batch * stride;
  if (!keepsFrames) return wanted;
  const bytes = width * height * 1.5;
  const longest = Math.floor(MOST_FRAMES_MEMORY / bytes) - 1;
  if (stride > longest) {
    const gigabytes = ((stride + 1) * bytes) / 2 ** 30;
    throw new HeatboxError(
      'STRIDE_MEMORY',
      `a stride of ${stride} keeps ${gigabytes.toFixed(1)} GiB of ${width}x${height} frames waiting for their boxes`,
      { value: stride, kind: 'usage', hint: `Use a stride of at most ${longest}, or leave the video output out.` },
    );
  }
  return Math.max(stride + 1, Math.min(wanted, Math.floor(FRAMES_MEMORY / bytes)));
}
