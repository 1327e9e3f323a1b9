import { MOTION_UNIT } from '../motion/cells.ts';
import { type Box, type MotionField, type Size, UNKNOWN_MOTION } from '../types.ts';

/** How what is in a box moved from one picture to a later one. */
export interface Shift {
  /** Pixels, of the box's centre. */
  readonly x: number;
  /** Down. */
  readonly y: number;
  /** By how much the box grew, as a share of its size. */
  readonly growth: number;
  /** Pixels by which most of it moves otherwise. */
  readonly spread: number;
}

/** The inner part of a box, by its sides: its rim shows more of the background. */
const INNER = 0.8;

/** Cells inside a box that tell of its motion, at least. */
const LEAST_CELLS = 4;

/** The share of a box's cells that must move otherwise than the camera to be taken for the object. */
const OWN_SHARE = 0.25;

/** Pixels by which they do, at least. */
const LEAST_OWN = 1.5;

/** Times the motion is fitted anew, cells that do not follow counting less and less. */
const ROUNDS = 4;

/** Cells that a fit takes, about; of more, evenly chosen ones. */
const ENOUGH_CELLS = 200;

/** Residuals are judged by this many times their median, as of a normal distribution's deviation, and at least by a pixel's half. */
const DEVIATION = 1.4826;
const LEAST_SCALE = 0.5;

/**
 * The motion of a box over a motion field: translation and scaling that most cells inside it follow. Least squares over
 * the cells, those that do not follow counting less and less, from the medians on.
 *
 * @param box At the field's earlier picture.
 * @param display The size that the field lies over.
 * @returns undefined where too few cells tell.
 */
export function carryOf(field: MotionField, box: Box, display: Size): Shift | undefined {
  const cells = scratchFor(field.rows * field.cols);
  const around = gather(field, box, display, cells, false);
  const camera = around < LEAST_CELLS ? undefined : fit(cells, around);
  const inside = gather(field, box, display, cells, true);
  if (inside < LEAST_CELLS) return undefined;
  const own = camera === undefined ? 0 : ownFirst(cells, inside, camera);
  if (camera === undefined || own < Math.max(LEAST_CELLS, OWN_SHARE * inside)) return fit(cells, inside);
  const object = fit(cells, own);
  // Cells that agree on no other motion are noise.
  return Math.hypot(object.x - camera.x, object.y - camera.y) > object.spread ? object : fit(cells, inside);
}

/** Fills in the cells inside the inner part of a box, or those outside the box. @returns their number. */
function gather({ rows, cols, data }: MotionField, box: Box, display: Size, cells: Cells, inside: boolean): number {
  const centreX = (box[0] + box[2]) / 2;
  const centreY = (box[1] + box[3]) / 2;
  const covered = ((box[2] - box[0]) * (box[3] - box[1])) / (display.width * display.height);
  const share = Math.max(0, Math.min(1, inside ? covered : 1 - covered));
  const step = Math.max(1, Math.round(Math.sqrt((share * rows * cols) / ENOUGH_CELLS)));
  const inner = inside ? INNER : 1;
  const reachX = ((box[2] - box[0]) / 2) * inner;
  const reachY = ((box[3] - box[1]) / 2) * inner;
  const cellWidth = display.width / cols;
  const cellHeight = display.height / rows;
  let count = 0;
  for (let row = step >> 1; row < rows; row += step) {
    const y = (row + 0.5) * cellHeight - centreY;
    for (let col = step >> 1; col < cols; col += step) {
      const at = 2 * (row * cols + col);
      if (data[at] === UNKNOWN_MOTION) continue;
      const across = data[at]! * MOTION_UNIT;
      const down = data[at + 1]! * MOTION_UNIT;
      const fromX = (col + 0.5) * cellWidth - across - centreX;
      const fromY = y - down;
      if ((Math.abs(fromX) <= reachX && Math.abs(fromY) <= reachY) !== inside) continue;
      cells.x[count] = fromX;
      cells.y[count] = fromY;
      cells.across[count] = across;
      cells.down[count] = down;
      count++;
    }
  }
  return count;
}

/** Moves the cells that do not follow the camera to the front. @returns their number. */
function ownFirst(cells: Cells, count: number, { x, y, growth, spread }: Shift): number {
  const least = (LEAST_OWN + spread) ** 2;
  let own = 0;
  for (let cell = 0; cell < count; cell++) {
    if (squareOf(cells, cell, x, y, growth) < least) continue;
    swap(cells.x, own, cell);
    swap(cells.y, own, cell);
    swap(cells.across, own, cell);
    swap(cells.down, own, cell);
    own++;
  }
  return own;
}

function swap(values: Float64Array, a: number, b: number): void {
  const kept = values[a]!;
  values[a] = values[b]!;
  values[b] = kept;
}

interface Cells {
  /** Places from the box's centre in the earlier picture, and the motion from there; pixels. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly across: Float64Array;
  readonly down: Float64Array;
  /** Squares. */
  readonly residuals: Float64Array;
  readonly sorted: Float64Array;
}

let reused: Cells | undefined;

function scratchFor(count: number): Cells {
  if (reused === undefined || reused.x.length < count) {
    const make = () => new Float64Array(count);
    reused = { x: make(), y: make(), across: make(), down: make(), residuals: make(), sorted: make() };
  }
  return reused;
}

function fit(cells: Cells, count: number): Shift {
  const { x, y, across, down, residuals, sorted } = cells;
  let shiftX = medianOf(across, count, sorted);
  let shiftY = medianOf(down, count, sorted);
  let growth = 0;
  let spread = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let cell = 0; cell < count; cell++) residuals[cell] = squareOf(cells, cell, shiftX, shiftY, growth);
    spread = DEVIATION * Math.sqrt(medianOf(residuals, count, sorted));
    const share = 1 / (2 * Math.max(LEAST_SCALE, spread)) ** 2;
    let sum = 0;
    let sumX = 0;
    let sumY = 0;
    let sumAcross = 0;
    let sumDown = 0;
    let squares = 0;
    let products = 0;
    for (let cell = 0; cell < count; cell++) {
      const falling = 1 + residuals[cell]! * share;
      const weight = 1 / (falling * falling);
      const px = x[cell]!;
      const py = y[cell]!;
      const mx = across[cell]!;
      const my = down[cell]!;
      sum += weight;
      sumX += weight * px;
      sumY += weight * py;
      sumAcross += weight * mx;
      sumDown += weight * my;
      squares += weight * (px * px + py * py);
      products += weight * (px * mx + py * my);
    }
    const variance = squares - (sumX * sumX + sumY * sumY) / sum;
    growth = variance > 0 ? (products - (sumX * sumAcross + sumY * sumDown) / sum) / variance : 0;
    shiftX = (sumAcross - growth * sumX) / sum;
    shiftY = (sumDown - growth * sumY) / sum;
  }
  return { x: shiftX, y: shiftY, growth, spread };
}

/** The square of how far a cell moves otherwise. */
function squareOf({ x, y, across, down }: Cells, cell: number, shiftX: number, shiftY: number, growth: number): number {
  const right = across[cell]! - shiftX - growth * x[cell]!;
  const below = down[cell]! - shiftY - growth * y[cell]!;
  return right * right + below * below;
}

/** The value in the middle; a copy is sorted only as far as that needs (Hoare's selection). */
function medianOf(values: Float64Array, count: number, sorted: Float64Array): number {
  for (let at = 0; at < count; at++) sorted[at] = values[at]!;
  const middle = count >> 1;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = sorted[middle]!;
    let left = low;
    let right = high;
    while (left <= right) {
      while (sorted[left]! < pivot) left++;
      while (sorted[right]! > pivot) right--;
      if (left <= right) swap(sorted, left++, right--);
    }
    if (right < middle) low = left;
    if (left > middle) high = right;
  }
  return sorted[middle]!;
}
