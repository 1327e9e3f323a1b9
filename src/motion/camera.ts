import { bySize } from '../by-size.ts';
import { blankLuma, halve, type Luma, slope } from './luma.ts';
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
  const levels = levelsFor(from);
  let finer: Pick<Level, 'from' | 'to' | 'weights'> = { from, to, weights };
  for (const level of levels) {
    halve(finer.from, level.from);
    halve(finer.to, level.to);
    halve(finer.weights, level.weights);
    finer = level;
  }
  const motion = start.slice();
  for (let position = levels.length - 1; position >= 0; position--) refine(levels[position]!, motion, from);
  return motion;
}

/** What the motion is estimated with at one size. */
interface Level {
  /** Pixels of the full size along a pixel's side. */
  readonly scale: number;
  readonly from: Luma;
  readonly to: Luma;
  readonly weights: Luma;
  /** Central differences of each pixel of `from`; at the edges one-sided. */
  readonly across: Float32Array;
  readonly down: Float32Array;
  readonly residuals: Float32Array;
}

const levelsFor = bySize(({ width, height }): readonly Level[] => {
  const levels: Level[] = [];
  for (let scale = 2; levels.length < LEVELS && Math.min(width, height) >= 4 * scale; scale *= 2) {
    const make = () => blankLuma(Math.floor(width / scale), Math.floor(height / scale));
    const [from, to, weights] = [make(), make(), make()];
    const buffer = () => new Float32Array(from.data.length);
    levels.push({ scale, from, to, weights, across: buffer(), down: buffer(), residuals: buffer() });
  }
  return levels;
});

/** Iterates until the steps are small. */
function refine(level: Level, motion: Affine, full: Luma): void {
  const { from, to, residuals, scale } = level;
  gradients(level);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    differences(from, to, motion, scale, full, residuals);
    const { normal, right } = normalEquations(level, scaleOf(residuals), full);
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
}

function gradients({ from: { width, height, data }, across, down }: Level): void {
  for (let y = 0; y < height; y++) {
    const above = y === 0 ? 0 : width;
    const below = y === height - 1 ? 0 : width;
    gradientsOfRow(data, y * width, width, above, below, across, down);
  }
}

function gradientsOfRow(
  data: Float32Array,
  start: number,
  width: number,
  above: number,
  below: number,
  across: Float32Array,
  down: Float32Array,
): void {
  for (let x = 0, pixel = start; x < width; x++, pixel++) {
    across[pixel] = slope(data, pixel, x === 0 ? 0 : 1, x === width - 1 ? 0 : 1);
    down[pixel] = slope(data, pixel, above, below);
  }
}

const normal = new Float64Array(36);
const right = new Float64Array(6);
const sums = new Float64Array(13);

/**
 * The equations of a Gauss-Newton step: the upper half of the matrix, and the right side. With g the gradient, the row of a
 * pixel is (gx, gx u, gx v, gy, gy u, gy v), and v is the same along a row of pixels: what is summed for each pixel are the
 * products of the gradient with 1, u and u² alone.
 */
function normalEquations(
  level: Level,
  scaleOfResiduals: number,
  full: Luma,
): { normal: Float64Array; right: Float64Array } {
  const { width, height } = level.from;
  normal.fill(0);
  right.fill(0);
  const share = 1 / (2 * scaleOfResiduals) ** 2;
  const u = placeOf(0, level.scale, full.width, full.width);
  const step = (2 * level.scale) / full.width;
  for (let y = 0; y < height; y++) {
    sumRow(level, y * width, width, u, step, share);
    const v = placeOf(y, level.scale, full.height, full.width);
    addBlock(0, v, sums[0]!, sums[1]!, sums[2]!);
    addBlock(3, v, sums[3]!, sums[4]!, sums[5]!);
    addBlock(21, v, sums[6]!, sums[7]!, sums[8]!);
    right[0]! += sums[9]!;
    right[1]! += sums[10]!;
    right[2]! += v * sums[9]!;
    right[3]! += sums[11]!;
    right[4]! += sums[12]!;
    right[5]! += v * sums[11]!;
  }
  return { normal, right };
}

function sumRow(
  { across, down, residuals, weights: { data: weights } }: Level,
  start: number,
  width: number,
  place: number,
  step: number,
  share: number,
): void {
  let xx = 0;
  let xxu = 0;
  let xxuu = 0;
  let xy = 0;
  let xyu = 0;
  let xyuu = 0;
  let yy = 0;
  let yyu = 0;
  let yyuu = 0;
  let xr = 0;
  let xru = 0;
  let yr = 0;
  let yru = 0;
  for (let x = 0, pixel = start; x < width; x++, pixel++) {
    const residual = residuals[pixel]!;
    if (Number.isNaN(residual)) continue;
    const falling = 1 + residual * residual * share;
    const weight = weights[pixel]! / (falling * falling);
    const u = place + x * step;
    const gx = across[pixel]!;
    const gy = down[pixel]!;
    const wx = weight * gx;
    const wy = weight * gy;
    const wxx = wx * gx;
    const wxy = wx * gy;
    const wyy = wy * gy;
    xx += wxx;
    xxu += wxx * u;
    xxuu += wxx * u * u;
    xy += wxy;
    xyu += wxy * u;
    xyuu += wxy * u * u;
    yy += wyy;
    yyu += wyy * u;
    yyuu += wyy * u * u;
    xr += wx * residual;
    xru += wx * u * residual;
    yr += wy * residual;
    yru += wy * u * residual;
  }
  sums[0] = xx;
  sums[1] = xxu;
  sums[2] = xxuu;
  sums[3] = xy;
  sums[4] = xyu;
  sums[5] = xyuu;
  sums[6] = yy;
  sums[7] = yyu;
  sums[8] = yyuu;
  sums[9] = xr;
  sums[10] = xru;
  sums[11] = yr;
  sums[12] = yru;
}

/** Adds the 3×3 products of (1, u, v), summed over a row of pixels, at a place of the matrix. */
function addBlock(at: number, v: number, one: number, u: number, uu: number): void {
  normal[at]! += one;
  normal[at + 1]! += u;
  normal[at + 2]! += v * one;
  normal[at + 6]! += u;
  normal[at + 7]! += uu;
  normal[at + 8]! += v * u;
  normal[at + 12]! += v * one;
  normal[at + 13]! += v * u;
  normal[at + 14]! += v * v * one;
}

/** Where a pixel lies, counted from the centre in halves of the width. */
function placeOf(pixel: number, scale: number, side: number, width: number): number {
  return (((pixel + 0.5) * scale - side / 2) * 2) / width;
}

const BINS = 256;
const BINS_PER_STEP = 4;
const counts = new Uint32Array(BINS);

/** The deviation of most residuals; NaN counts for nothing. */
function scaleOf(residuals: Float32Array): number {
  counts.fill(0);
  const count = countSizes(residuals);
  let bin = 0;
  for (let seen = counts[0]!; seen < count / 2; seen += counts[++bin]!);
  return Math.max(LEAST_SCALE, (DEVIATION * (bin + 0.5)) / BINS_PER_STEP);
}

function countSizes(residuals: Float32Array): number {
  let count = 0;
  for (let pixel = 0; pixel < residuals.length; pixel++) {
    const residual = residuals[pixel]!;
    if (Number.isNaN(residual)) continue;
    counts[Math.min(BINS - 1, (Math.abs(residual) * BINS_PER_STEP) | 0)]!++;
    count++;
  }
  return count;
}

/** Writes what is left of `from` when what is at each pixel's moved place in `to` is taken away; NaN outside. */
export function differences(from: Luma, to: Luma, motion: Affine, scale: number, full: Luma, out: Float32Array): void {
  const u = placeOf(0, scale, full.width, full.width);
  const step = 2 / full.width;
  const stepX = 1 + motion[1]! * step;
  const stepY = motion[4]! * step;
  for (let y = 0; y < from.height; y++) {
    const v = placeOf(y, scale, full.height, full.width);
    const startX = (motion[0]! + motion[1]! * u + motion[2]! * v) / scale;
    const startY = y + (motion[3]! + motion[4]! * u + motion[5]! * v) / scale;
    differencesOfRow(from.data, y * from.width, from.width, to, startX, stepX, startY, stepY, out);
  }
}

function differencesOfRow(
  from: Float32Array,
  start: number,
  count: number,
  { width, height, data }: Luma,
  startX: number,
  stepX: number,
  startY: number,
  stepY: number,
  out: Float32Array,
): void {
  for (let x = 0, pixel = start; x < count; x++, pixel++) {
    const toX = startX + x * stepX;
    const toY = startY + x * stepY;
    if (!(toX >= 0 && toY >= 0 && toX <= width - 1 && toY <= height - 1)) {
      out[pixel] = Number.NaN;
      continue;
    }
    const left = Math.min(toX | 0, width - 2);
    const top = Math.min(toY | 0, height - 2);
    const at = top * width + left;
    const across = toX - left;
    const upper = data[at]! + (data[at + 1]! - data[at]!) * across;
    const lower = data[at + width]! + (data[at + width + 1]! - data[at + width]!) * across;
    out[pixel] = from[pixel]! - (upper + (lower - upper) * (toY - top));
  }
}
