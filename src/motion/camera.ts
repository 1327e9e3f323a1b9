import { halve, type Luma } from './luma.ts';
import { solve } from './solve.ts';

/**
 * An affine motion of a picture: what is at (x, y) in one is at (x + dx, y + dy) in the other, in pixels of the size it
 * was estimated at, with
 *
 *     dx = a0 + a1 u + a2 v,  dy = a3 + a4 u + a5 v
 *
 * u and v being the place counted from the picture's centre, in halves of its width.
 */
export type Affine = Float64Array;

export function standstill(): Affine {
  return new Float64Array(6);
}

/** Sizes at which the motion is estimated: halves, quarters and eighths. The full size makes it no better. */
const LEVELS = 3;

/** Iterations at a size; most need half of that, */
const ITERATIONS = 10;

/** since a step below this many pixels is the last. */
const SMALL_STEP = 0.02;

/** Residuals are judged by this many times their median, as of a normal distribution's deviation; and at least by LEAST_SCALE. */
const DEVIATION = 1.4826;
const LEAST_SCALE = 1;

/** Keeps directions in which the picture has no edges at rest. */
const RIDGE = 1e-3;

/**
 * The motion of the camera between two pictures: the affine motion that most of the picture follows. Gauss-Newton over
 * halved pictures, coarse to fine, pixels that do not follow counting less and less (Odobez and Bouthemy, "Robust
 * multiresolution estimation of parametric motion models", 1995).
 *
 * @param weights What each pixel of `from` counts, 0 to 1: less where an object is that may move by itself.
 * @param start Where to begin, as with the motion of the frames before.
 */
export function cameraMotion(from: Luma, to: Luma, weights: Luma, start: Affine): Affine {
  const levels: { from: Luma; to: Luma; weights: Luma }[] = [];
  let level = { from, to, weights };
  while (levels.length < LEVELS && Math.min(level.from.width, level.from.height) >= 8) {
    level = { from: halve(level.from), to: halve(level.to), weights: halve(level.weights) };
    levels.unshift(level);
  }
  let motion = start;
  levels.forEach((level, position) => {
    motion = estimate(level, motion, 2 ** (levels.length - position), from);
  });
  return motion;
}

/** @param scale Pixels of the full size along a pixel's side. */
function estimate(
  { from, to, weights }: { from: Luma; to: Luma; weights: Luma },
  start: Affine,
  scale: number,
  full: Luma,
): Affine {
  const { width, height, data } = from;
  const residuals = new Float32Array(width * height);
  const motion = start.slice();
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const scaleOfResiduals = residualsOf(from, to, motion, scale, full, residuals);
    const normal = new Float64Array(36);
    const right = new Float64Array(6);
    const jacobian = new Float64Array(6);
    for (let y = 0; y < height; y++) {
      const v = placeOf(y, scale, full.height, full.width);
      const [above, below] = [Math.max(y - 1, 0) * width, Math.min(y + 1, height - 1) * width];
      const downStep = y === 0 || y === height - 1 ? 1 : 0.5;
      for (let x = 0; x < width; x++) {
        const pixel = y * width + x;
        const residual = residuals[pixel]!;
        if (Number.isNaN(residual)) continue;
        const [left, right_] = [Math.max(x - 1, 0), Math.min(x + 1, width - 1)];
        const acrossStep = x === 0 || x === width - 1 ? 1 : 0.5;
        const gx = (data[y * width + right_]! - data[y * width + left]!) * acrossStep;
        const gy = (data[below + x]! - data[above + x]!) * downStep;
        const share = 1 + (residual / (2 * scaleOfResiduals)) ** 2;
        const weight = weights.data[pixel]! / (share * share);
        const u = placeOf(x, scale, full.width, full.width);
        jacobian[0] = gx;
        jacobian[1] = gx * u;
        jacobian[2] = gx * v;
        jacobian[3] = gy;
        jacobian[4] = gy * u;
        jacobian[5] = gy * v;
        for (let i = 0; i < 6; i++) {
          const weighted = weight * jacobian[i]!;
          right[i]! += weighted * residual;
          for (let j = i; j < 6; j++) normal[i * 6 + j]! += weighted * jacobian[j]!;
        }
      }
    }
    let trace = 0;
    for (let i = 0; i < 6; i++) trace += normal[i * 7]!;
    if (!(trace > 0)) break;
    for (let i = 0; i < 6; i++) {
      normal[i * 7]! += (RIDGE * trace) / 6;
      for (let j = 0; j < i; j++) normal[i * 6 + j] = normal[j * 6 + i]!;
    }
    const step = solve(normal, right);
    let largest = 0;
    for (let i = 0; i < 6; i++) {
      motion[i]! += step[i]! * scale;
      largest = Math.max(largest, Math.abs(step[i]!));
    }
    if (largest < SMALL_STEP) break;
  }
  return motion;
}

/** Where a pixel lies, counted from the centre in halves of the width. */
function placeOf(pixel: number, scale: number, side: number, width: number): number {
  return (((pixel + 0.5) * scale - side / 2) * 2) / width;
}

const BINS = 256;
const BINS_PER_STEP = 4;

/**
 * Writes what is left of `from` when the moved `to` is taken away; NaN where that lies outside.
 *
 * @returns their scale: the deviation of most of them.
 */
function residualsOf(from: Luma, to: Luma, motion: Affine, scale: number, full: Luma, out: Float32Array): number {
  const counts = new Uint32Array(BINS);
  let count = 0;
  warp(from, to, motion, scale, full, (pixel, value) => {
    const residual = from.data[pixel]! - value;
    out[pixel] = residual;
    if (Number.isNaN(residual)) return;
    counts[Math.min(BINS - 1, Math.floor(Math.abs(residual) * BINS_PER_STEP))]!++;
    count++;
  });
  let bin = 0;
  for (let seen = counts[0]!; seen < count / 2; seen += counts[++bin]!);
  return Math.max(LEAST_SCALE, (DEVIATION * (bin + 0.5)) / BINS_PER_STEP);
}

/** Tells for each pixel of `from` what is at its moved place in `to`, bilinearly; NaN outside. */
export function warp(
  from: Luma,
  { width, height, data }: Luma,
  motion: Affine,
  scale: number,
  full: Luma,
  tell: (pixel: number, value: number) => void,
): void {
  const [a0, a1, a2, a3, a4, a5] = motion as unknown as [number, number, number, number, number, number];
  for (let y = 0, pixel = 0; y < from.height; y++) {
    const v = placeOf(y, scale, full.height, full.width);
    for (let x = 0; x < from.width; x++, pixel++) {
      const u = placeOf(x, scale, full.width, full.width);
      const toX = x + (a0 + a1 * u + a2 * v) / scale;
      const toY = y + (a3 + a4 * u + a5 * v) / scale;
      if (!(toX >= 0 && toY >= 0 && toX <= width - 1 && toY <= height - 1)) {
        tell(pixel, Number.NaN);
        continue;
      }
      const left = Math.min(Math.floor(toX), width - 2);
      const top = Math.min(Math.floor(toY), height - 2);
      const at = top * width + left;
      const across = toX - left;
      const upper = data[at]! + (data[at + 1]! - data[at]!) * across;
      const lower = data[at + width]! + (data[at + width + 1]! - data[at + width]!) * across;
      tell(pixel, upper + (lower - upper) * (toY - top));
    }
  }
}
