import { HeatboxError } from '../src/error.ts';
import { longestStride, type Stride } from '../src/media/stride.ts';
import type { Size } from '../src/types.ts';

/** Bytes that full frames under way may take, and where a run is refused. */
const FRAMES_MEMORY = 256 * 2 ** 20;
const MOST_FRAMES_MEMORY = 2 ** 31;

/** Of these the part that frames may take which only wait for what follows them. */
const AHEAD_MEMORY = 32 * 2 ** 20;

/** With `auto`, the part that frames may take which are decoded while the network sees one. */
const BESIDE_NETWORK_MEMORY = 10 * 2 ** 20;

export interface FramesUnderWay {
  /** Frames that are held for what follows them, beside the one that comes out next. */
  readonly ahead?: number;
  readonly batch: number;
  /** Batches that the engine runs at once. */
  readonly workers: number;
  readonly stride: Stride;
  /** Whether the full frames wait too, to be drawn on. */
  readonly keepsFrames: boolean;
}

/**
 * Returns the stride, or for `auto` a shorter one if the frames between two that the network sees would fill the memory.
 *
 * @throws HeatboxError `STRIDE_MEMORY` if a given stride does, `FRAME_MEMORY` if two frames do.
 */
export function fittingStride(size: Size, stride: Stride): Stride {
  const bytes = bytesOf(size);
  const longest = Math.floor(MOST_FRAMES_MEMORY / bytes) - 1;
  if (longestStride(stride) <= longest) return stride;
  if (longest < 1) {
    const each = (bytes / 2 ** 30).toFixed(1);
    throw new HeatboxError('FRAME_MEMORY', `a frame of ${size.width}x${size.height} pixels takes ${each} GiB`, {
      ...{ value: `${size.width}x${size.height}`, kind: 'usage' },
      hint: 'Make the pictures smaller first, or leave the video output out.',
    });
  }
  if (stride === 'auto') return longest;
  const gigabytes = ((stride + 1) * bytes) / 2 ** 30;
  throw new HeatboxError(
    'STRIDE_MEMORY',
    `a stride of ${stride} keeps ${gigabytes.toFixed(1)} GiB of ${size.width}x${size.height} frames waiting for their boxes`,
    { value: stride, kind: 'usage', hint: `Use a stride of at most ${longest}, or leave the video output out.` },
  );
}

/**
 * How many frames may be under way: those that are held for what follows them, and two batches in the hands of each of the
 * engine's runs and one being decoded, as far as the memory for full frames goes; more than a stride, since the boxes between
 * two frames the network sees wait for the second. Where it sees few, frames to be drawn on hardly wait for it.
 */
export function creditsFor(size: Size, { ahead = 0, batch, workers, stride, keepsFrames }: FramesUnderWay): number {
  const longest = longestStride(stride);
  if (stride === 'auto' && keepsFrames) {
    const beside = Math.min(longest, Math.floor(BESIDE_NETWORK_MEMORY / bytesOf(size)));
    return Math.max(ahead + 1 + beside, longest + 2);
  }
  const wanted = ahead + 1 + (2 * workers + 1) * batch * longest;
  return keepsFrames
    ? Math.max(ahead + longest + 1, Math.min(wanted, Math.floor(FRAMES_MEMORY / bytesOf(size))))
    : wanted;
}

/**
 * How many frames may be held until a second of what follows them is known, as far as the memory for full frames goes.
 *
 * @param rate Frames a second.
 */
export function framesAhead(
  size: Size,
  { seconds, rate, keepsFrames }: { seconds: number; rate: number; keepsFrames: boolean },
): number {
  const wanted = Math.ceil(seconds * (rate > 0 && rate < 1000 ? rate : 30));
  return keepsFrames ? Math.min(wanted, Math.floor(AHEAD_MEMORY / bytesOf(size))) : wanted;
}

/** Of a decoded frame in 4:2:0. */
function bytesOf({ width, height }: Size): number {
  return width * height * 1.5;
}
