import { bySize } from '../cam/by-size.ts';
import { type Size, UNKNOWN_MOTION } from '../types.ts';
import { type MotionCells, motionUnits } from './cells.ts';
import { blankLuma, halve, type Luma } from './luma.ts';

/** Pixels along the side of a cell. */
const CELL = 6;

/** From the middle of a cell's block to the block's edge: at the full size, at halves, at quarters. */
const REACHES = [3, 2, 2];

/** How far blocks are sought at the smallest size, and around what was found there at the next, in its pixels. */
const SEARCH = 4;
const REFINE = 1;

/** Mean steps of brightness from a block's mean below which it has no texture to be found by. */
const FLAT = 3;

/** A block is found where what is left of it is at most this share of its texture. */
const FOUND = 0.6;

/**
 * How the parts of a picture moved since an earlier one of the same size: block matching by absolute differences, coarse to
 * fine, to a fraction of a pixel by the parabola through the three nearest. For videos whose decoder tells no vectors.
 *
 * @param display The size that the field's motion is told in.
 */
export function matchBlocks(now: Luma, before: Luma, display: Size): MotionCells {
  const { levels, rows, cols, across, down } = scratchFor(now);
  prepare(levels, now, before);
  across.fill(0);
  down.fill(0);
  for (let level = REACHES.length - 1; level >= 0; level--) {
    const isFirst = level === REACHES.length - 1;
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) seek(levels[level]!, row, col, cols, across, down, isFirst);
    }
  }
  const data = new Int16Array(2 * rows * cols);
  const [full] = levels as [Level];
  let textured = 0;
  let found = 0;
  for (let row = 0, cell = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, cell++) {
      const texture = textureOf(full, row, col);
      const isTextured = texture >= FLAT;
      const left = isTextured ? differenceAt(full, row, col, across[cell]!, down[cell]!) : 0;
      const isFound = isTextured && left <= FOUND * texture;
      if (isTextured) textured++;
      if (isFound) found++;
      data[2 * cell] = isFound
        ? motionUnits(
            ((across[cell]! + finer(full, row, col, across[cell]!, down[cell]!, 1, 0)) / now.width) * display.width,
          )
        : UNKNOWN_MOTION;
      data[2 * cell + 1] = isFound
        ? motionUnits(
            ((down[cell]! + finer(full, row, col, across[cell]!, down[cell]!, 0, 1)) / now.height) * display.height,
          )
        : UNKNOWN_MOTION;
    }
  }
  return { rows, cols, data, known: textured === 0 ? 1 : found / textured };
}

interface Level {
  /** Cells' sides at this size. */
  readonly cell: number;
  readonly reach: number;
  readonly now: Luma;
  readonly before: Luma;
}

interface Scratch {
  readonly rows: number;
  readonly cols: number;
  readonly levels: readonly Level[];
  /** Of each cell, in pixels of the size at hand: from the picture before to this one. */
  readonly across: Float32Array;
  readonly down: Float32Array;
}

const scratchFor = bySize(({ width, height }): Scratch => {
  const levels = REACHES.map((reach, level): Level => {
    const make = () => blankLuma(Math.max(1, width >> level), Math.max(1, height >> level));
    return { cell: CELL / 2 ** level, reach, now: make(), before: make() };
  });
  const rows = Math.max(1, Math.floor(height / CELL));
  const cols = Math.max(1, Math.floor(width / CELL));
  const make = () => new Float32Array(rows * cols);
  return { rows, cols, levels, across: make(), down: make() };
});

function prepare(levels: readonly Level[], now: Luma, before: Luma): void {
  const [full] = levels as [Level];
  full.now.data.set(now.data);
  full.before.data.set(before.data);
  for (let level = 1; level < REACHES.length; level++) {
    halve(levels[level - 1]!.now, levels[level]!.now);
    halve(levels[level - 1]!.before, levels[level]!.before);
  }
}

/** Finds a cell's motion at one size: at the smallest everywhere near, then around its own and its neighbours' motions. */
function seek(
  level: Level,
  row: number,
  col: number,
  cols: number,
  across: Float32Array,
  down: Float32Array,
  isFirst: boolean,
): void {
  const cell = row * cols + col;
  best.x = 0;
  best.y = 0;
  if (isFirst) {
    seekAround(level, row, col, 0, 0, SEARCH, Number.POSITIVE_INFINITY);
  } else {
    seekAround(level, row, col, 2 * across[cell]!, 2 * down[cell]!, REFINE, Number.POSITIVE_INFINITY);
    seekAround(level, row, col, 0, 0, REFINE, best.difference);
    // Those of this row and of the one above are of this size already.
    if (col > 0) seekAround(level, row, col, across[cell - 1]!, down[cell - 1]!, REFINE, best.difference);
    if (row > 0) seekAround(level, row, col, across[cell - cols]!, down[cell - cols]!, REFINE, best.difference);
  }
  across[cell] = best.x;
  down[cell] = best.y;
}

const best = { x: 0, y: 0, difference: 0 };

/** Where two are alike, the smaller motion. */
const SLOPE = 1e-3;

function seekAround(level: Level, row: number, col: number, x: number, y: number, by: number, least: number): void {
  best.difference = least;
  for (let dy = y - by; dy <= y + by; dy++) {
    for (let dx = x - by; dx <= x + by; dx++) {
      const difference = differenceAt(level, row, col, dx, dy, best.difference) + SLOPE * (Math.abs(dx) + Math.abs(dy));
      if (difference >= best.difference) continue;
      best.difference = difference;
      best.x = dx;
      best.y = dy;
    }
  }
}

/**
 * Mean absolute difference of a cell's block to the picture before, from where it came; infinite where that is outside, and
 * where it is more than `least`.
 */
function differenceAt(
  { cell, reach, now, before }: Level,
  row: number,
  col: number,
  dx: number,
  dy: number,
  least = Number.POSITIVE_INFINITY,
): number {
  const { width, height } = now;
  const centreX = Math.floor((col + 0.5) * cell);
  const centreY = Math.floor((row + 0.5) * cell);
  const left = Math.max(0, centreX - reach, dx);
  const right = Math.min(width, centreX + reach, width + dx);
  const top = Math.max(0, centreY - reach, dy);
  const bottom = Math.min(height, centreY + reach, height + dy);
  const count = (right - left) * (bottom - top);
  if (right - left < reach || bottom - top < reach) return Number.POSITIVE_INFINITY;
  const most = least * count;
  const back = dy * width + dx;
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    const end = y * width + right;
    for (let at = end - right + left; at < end; at++) sum += Math.abs(now.data[at]! - before.data[at - back]!);
    if (sum > most) return Number.POSITIVE_INFINITY;
  }
  return sum / count;
}

/** Mean absolute deviation of a block from its mean. */
function textureOf({ cell, reach, now: { width, height, data } }: Level, row: number, col: number): number {
  const centreX = Math.floor((col + 0.5) * cell);
  const centreY = Math.floor((row + 0.5) * cell);
  const left = Math.max(0, centreX - reach);
  const right = Math.min(width, centreX + reach);
  const top = Math.max(0, centreY - reach);
  const bottom = Math.min(height, centreY + reach);
  const count = (right - left) * (bottom - top);
  let sum = 0;
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += data[y * width + x]!;
  const mean = sum / count;
  let deviation = 0;
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) deviation += Math.abs(data[y * width + x]! - mean);
  return deviation / count;
}

/** By how much less than half a pixel the best lies off, along one side. */
function finer(level: Level, row: number, col: number, x: number, y: number, alongX: number, alongY: number): number {
  const before = differenceAt(level, row, col, x - alongX, y - alongY);
  const here = differenceAt(level, row, col, x, y);
  const after = differenceAt(level, row, col, x + alongX, y + alongY);
  const curve = before - 2 * here + after;
  if (!(curve > 0) || !Number.isFinite(curve)) return 0;
  return Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curve)));
}
