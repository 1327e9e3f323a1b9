import type { Size } from '../types.ts';
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
  const edges = gradients(from);
  const residuals = new Float32Array(from.data.length);
  const motion = start.slice();
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const scaleOfResiduals = residualsOf(from, to, motion, scale, full, residuals);
    const { normal, right } = normalEquations(edges, residuals, weights, scaleOfResiduals, scale, full);
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

interface Gradients {
  readonly across: Float32Array;
  readonly down: Float32Array;
}

/** Central differences of each pixel; at the edges one-sided. */
function gradients({ width, height, data }: Luma): Gradients {
  const across = new Float32Array(data.length);
  const down = new Float32Array(data.length);
  for (let y = 0, pixel = 0; y < height; y++) {
    const above = y === 0 ? 0 : width;
    const below = y === height - 1 ? 0 : width;
    const downShare = above + below === 2 * width ? 0.5 : 1;
    for (let x = 0; x < width; x++, pixel++) {
      const left = x === 0 ? 0 : 1;
      const right = x === width - 1 ? 0 : 1;
      across[pixel] = (data[pixel + right]! - data[pixel - left]!) * (left + right === 2 ? 0.5 : 1);
      down[pixel] = (data[pixel + below]! - data[pixel - above]!) * downShare;
    }
  }
  return { across, down };
}

/**
 * The equations of a Gauss-Newton step: the upper half of the matrix, and the right side. With g the gradient, the row of a
 * pixel is (gx, gx u, gx v, gy, gy u, gy v), and v is the same along a row of pixels: what is summed for each pixel are the
 * products of the gradient with 1, u and u² alone.
 */
function normalEquations(
  { across, down }: Gradients,
  residuals: Float32Array,
  weights: Luma,
  scaleOfResiduals: number,
  scale: number,
  full: Luma,
): { normal: Float64Array; right: Float64Array } {
  const { width, height } = weights;
  const normal = new Float64Array(36);
  const right = new Float64Array(6);
  const share = 1 / (2 * scaleOfResiduals) ** 2;
  for (let y = 0, pixel = 0; y < height; y++) {
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
    for (let x = 0; x < width; x++, pixel++) {
      const residual = residuals[pixel]!;
      if (Number.isNaN(residual)) continue;
      const falling = 1 + residual * residual * share;
      const weight = weights.data[pixel]! / (falling * falling);
      const u = placeOf(x, scale, full.width, full.width);
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
    const v = placeOf(y, scale, full.height, full.width);
    addBlock(normal, 0, v, xx, xxu, xxuu);
    addBlock(normal, 3, v, xy, xyu, xyuu);
    addBlock(normal, 21, v, yy, yyu, yyuu);
    right[0]! += xr;
    right[1]! += xru;
    right[2]! += v * xr;
    right[3]! += yr;
    right[4]! += yru;
    right[5]! += v * yr;
  }
  return { normal, right };
}

/** Adds the 3×3 products of (1, u, v), summed over a row of pixels, at a place of the matrix. */
function addBlock(normal: Float64Array, at: number, v: number, one: number, u: number, uu: number): void {
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

/**
 * Writes what is left of `from` when the moved `to` is taken away; NaN where that lies outside.
 *
 * @returns their scale: the deviation of most of them.
 */
function residualsOf(from: Luma, to: Luma, motion: Affine, scale: number, full: Luma, out: Float32Array): number {
  const counts = new Uint32Array(BINS);
  let count = 0;
  warp(from, to, motion, scale, full, out);
  for (let pixel = 0; pixel < out.length; pixel++) {
    const residual = from.data[pixel]! - out[pixel]!;
    out[pixel] = residual;
    if (Number.isNaN(residual)) continue;
    counts[Math.min(BINS - 1, Math.floor(Math.abs(residual) * BINS_PER_STEP))]!++;
    count++;
  }
  let bin = 0;
  for (let seen = counts[0]!; seen < count / 2; seen += counts[++bin]!);
  return Math.max(LEAST_SCALE, (DEVIATION * (bin + 0.5)) / BINS_PER_STEP);
}

/** Writes for each pixel of `from` what is at its moved place in `to`, bilinearly; NaN outside. */
export function warp(
  from: Size,
  { width, height, data }: Luma,
  motion: Affine,
  scale: number,
  full: Size,
  out: Float32Array,
): void {
  const [a0, a1, a2, a3, a4, a5] = motion as unknown as [number, number, number, number, number, number];
  for (let y = 0, pixel = 0; y < from.height; y++) {
    const v = placeOf(y, scale, full.height, full.width);
    for (let x = 0; x < from.width; x++, pixel++) {
      const u = placeOf(x, scale, full.width, full.width);
      const toX = x + (a0 + a1 * u + a2 * v) / scale;
      const toY = y + (a3 + a4 * u + a5 * v) / scale;
      if (!(toX >= 0 && toY >= 0 && toX <= width - 1 && toY <= height - 1)) {
        out[pixel] = Number.NaN;
        continue;
      }
      const left = Math.min(Math.floor(toX), width - 2);
      const top = Math.min(Math.floor(toY), height - 2);
      const at = top * width + left;
      const across = toX - left;
      const upper = data[at]! + (data[at + 1]! - data[at]!) * across;
      const lower = data[at + width]! + (data[at + width + 1]! - data[at + width]!) * across;
      out[pixel] = upper + (lower - upper) * (toY - top);
    }
  }
}
