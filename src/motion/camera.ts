import { bySize } from '../cam/by-size.ts';
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

/** since a step below this many pixels is the last. Boxes are worse where it is 0.1. */
const SMALL_STEP = 0.02;

/** The square of an edge, in steps of brightness a pixel, below which a pixel is taken for flat. */
const FAINT_EDGE = 9;

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
  readonly edges: Edges;
}

/** Pixels of a picture with edges, row by row: the others tell nothing of motion. */
interface Edges {
  /** Where each row begins, and last where all of them end. */
  readonly rows: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
  readonly weights: Float32Array;
  /** Central differences; at the picture's edges one-sided. */
  readonly across: Float32Array;
  readonly down: Float32Array;
  readonly residuals: Float32Array;
}

const levelsFor = bySize(({ width, height }): readonly Level[] => {
  const levels: Level[] = [];
  for (let scale = 2; levels.length < LEVELS && Math.min(width, height) >= 4 * scale; scale *= 2) {
    const make = () => blankLuma(Math.floor(width / scale), Math.floor(height / scale));
    const [from, to, weights] = [make(), make(), make()];
    levels.push({ scale, from, to, weights, edges: edgesFor(from) });
  }
  return levels;
});

function edgesFor({ height, data: { length } }: Luma): Edges {
  const buffer = () => new Float32Array(length);
  return {
    rows: new Uint32Array(height + 1),
    columns: new Uint32Array(length),
    values: buffer(),
    weights: buffer(),
    across: buffer(),
    down: buffer(),
    residuals: buffer(),
  };
}

/** Iterates until the steps are small. */
function refine(level: Level, motion: Affine, full: Luma): void {
  findEdges(level);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    residualsOf(level, motion, full);
    const { normal, right } = normalEquations(level, scaleOf(level.edges), full);
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
      motion[i]! += step[i]! * level.scale;
      largest = Math.max(largest, Math.abs(step[i]!));
    }
    if (largest < SMALL_STEP) break;
  }
}

function findEdges({ from: { width, height, data }, weights, edges }: Level): void {
  let count = 0;
  for (let y = 0; y < height; y++) {
    const above = y === 0 ? 0 : width;
    const below = y === height - 1 ? 0 : width;
    count = edgesOfRow(data, weights.data, y * width, width, above, below, edges, count);
    edges.rows[y + 1] = count;
  }
}

function edgesOfRow(
  data: Float32Array,
  counting: Float32Array,
  start: number,
  width: number,
  above: number,
  below: number,
  { columns, values, weights, across, down }: Edges,
  count: number,
): number {
  let at = count;
  for (let x = 0, pixel = start; x < width; x++, pixel++) {
    const gx = slope(data, pixel, x === 0 ? 0 : 1, x === width - 1 ? 0 : 1);
    const gy = slope(data, pixel, above, below);
    if (gx * gx + gy * gy < FAINT_EDGE) continue;
    columns[at] = x;
    values[at] = data[pixel]!;
    weights[at] = counting[pixel]!;
    across[at] = gx;
    down[at] = gy;
    at++;
  }
  return at;
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
  const { rows } = level.edges;
  normal.fill(0);
  right.fill(0);
  const share = 1 / (2 * scaleOfResiduals) ** 2;
  const u = placeOf(0, level.scale, full.width, full.width);
  const step = (2 * level.scale) / full.width;
  for (let y = 0; y < level.from.height; y++) {
    sumRow(level.edges, rows[y]!, rows[y + 1]!, u, step, share);
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
  { columns, across, down, residuals, weights }: Edges,
  start: number,
  end: number,
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
  for (let at = start; at < end; at++) {
    const residual = residuals[at]!;
    if (Number.isNaN(residual)) continue;
    const falling = 1 + residual * residual * share;
    const weight = weights[at]! / (falling * falling);
    const u = place + columns[at]! * step;
    const gx = across[at]!;
    const gy = down[at]!;
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
function scaleOf({ residuals, rows }: Edges): number {
  counts.fill(0);
  const count = countSizes(residuals, rows[rows.length - 1]!);
  let bin = 0;
  for (let seen = counts[0]!; seen < count / 2; seen += counts[++bin]!);
  return Math.max(LEAST_SCALE, (DEVIATION * (bin + 0.5)) / BINS_PER_STEP);
}

function countSizes(residuals: Float32Array, length: number): number {
  let count = 0;
  for (let at = 0; at < length; at++) {
    const residual = residuals[at]!;
    if (Number.isNaN(residual)) continue;
    counts[Math.min(BINS - 1, (Math.abs(residual) * BINS_PER_STEP) | 0)]!++;
    count++;
  }
  return count;
}

/** What is left of each edge when what is at its moved place in `to` is taken away; NaN outside. */
function residualsOf({ from, to, scale, edges }: Level, motion: Affine, full: Luma): void {
  const { rows, columns, values, residuals } = edges;
  for (let y = 0; y < from.height; y++) {
    alongRow(motion, y, scale, full);
    differencesOfRow(values, columns, rows[y]!, rows[y]!, rows[y + 1]!, to, residuals);
  }
}

/** Of a whole row. */
const columnsFor = bySize(({ width }) => Uint32Array.from({ length: width }, (_, x) => x));

/** Writes what is left of `from` when what is at each pixel's moved place in `to` is taken away; NaN outside. */
export function differences(from: Luma, to: Luma, motion: Affine, out: Float32Array): void {
  const { width, height, data } = from;
  const columns = columnsFor(from);
  for (let y = 0; y < height; y++) {
    alongRow(motion, y, 1, from);
    differencesOfRow(data, columns, 0, y * width, (y + 1) * width, to, out);
  }
}

/** Where a row's first pixel moves to, and how far on its next ones: x, a step's x, y, a step's y. */
const line = new Float64Array(4);

function alongRow(motion: Affine, y: number, scale: number, full: Luma): void {
  const u = placeOf(0, scale, full.width, full.width);
  const v = placeOf(y, scale, full.height, full.width);
  const step = 2 / full.width;
  line[0] = (motion[0]! + motion[1]! * u + motion[2]! * v) / scale;
  line[1] = 1 + motion[1]! * step;
  line[2] = y + (motion[3]! + motion[4]! * u + motion[5]! * v) / scale;
  line[3] = motion[4]! * step;
}

/** @param first Where the row's columns begin; its values do so at `start`. */
function differencesOfRow(
  values: Float32Array,
  columns: Uint32Array,
  first: number,
  start: number,
  end: number,
  { width, height, data }: Luma,
  out: Float32Array,
): void {
  const startX = line[0]!;
  const stepX = line[1]!;
  const startY = line[2]!;
  const stepY = line[3]!;
  const shift = first - start;
  for (let at = start; at < end; at++) {
    const x = columns[at + shift]!;
    const toX = startX + x * stepX;
    const toY = startY + x * stepY;
    if (!(toX >= 0 && toY >= 0 && toX <= width - 1 && toY <= height - 1)) {
      out[at] = Number.NaN;
      continue;
    }
    const left = Math.min(toX | 0, width - 2);
    const top = Math.min(toY | 0, height - 2);
    const corner = top * width + left;
    const across = toX - left;
    const upper = data[corner]! + (data[corner + 1]! - data[corner]!) * across;
    const lower = data[corner + width]! + (data[corner + width + 1]! - data[corner + width]!) * across;
    out[at] = values[at]! - (upper + (lower - upper) * (toY - top));
  }
}
