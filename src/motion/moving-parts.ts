import { bySize } from '../cam/by-size.ts';
import type { CamMap } from '../types.ts';
import { type Affine, cameraMotion, differences, standstill } from './camera.ts';
import { blankLuma, type Luma, slope } from './luma.ts';

/** What moves in a picture. */
export interface Moving {
  /** Of the camera, from this picture to the one before. */
  readonly camera: Affine;
  /**
   * How much each cell moves against the camera: 0 as the middlemost cell, 1 as the few that move most. Absent where the
   * pictures have too little in common to tell, as at a cut.
   */
  readonly parts?: CamMap;
}

/** Pixels along a cell's side, about. */
const CELL = 4;

/** Edges of this many steps of brightness a pixel and weaker ones say little of motion: noise moves them too. */
const WEAK_EDGE = 10;

/** The share of cells that move most. */
const MOST_MOVED = 0.02;

/** Motions that differ by less than this many pixels are noise. */
const LEAST_MOTION = 0.5;

/** The share of a picture's variance that the one before must explain. */
const IN_COMMON = 0.2;

/**
 * Finds what moves by itself between two pictures. What is left when the camera's motion is taken away, over the edges
 * there, is a motion in pixels along them: the normal flow, averaged with the squares of the edges as weights (Odobez and
 * Bouthemy, "Detection of multiple moving objects using multiscale MRF with camera motion compensation", 1994).
 *
 * @param object 0 to 1, of any grid: where the object is thought to be. The rest tells the camera's motion.
 * @param start The camera's motion a moment ago.
 */
export function movingParts(now: Luma, before: Luma, object: CamMap, start: Affine = standstill()): Moving {
  const { width, height, data } = now;
  const { background, residuals, rows, cols, moved, edges, counts, columns } = buffersFor(now);
  spread(object, background);
  const camera = cameraMotion(now, before, background, start);
  differences(now, before, camera, residuals);
  moved.fill(0);
  edges.fill(0);
  counts.fill(0);
  totals.fill(0);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * cols;
    const above = y === 0 ? 0 : width;
    const below = y === height - 1 ? 0 : width;
    addRow(data, residuals, y * width, width, above, below, columns, row, moved, edges, counts);
  }
  const [sum, squares, left, compared] = totals as unknown as [number, number, number, number];
  const variance = squares - (sum * sum) / compared;
  if (!(left <= (1 - IN_COMMON) * variance)) return { camera: standstill() };
  for (let cell = 0; cell < counts.length; cell++) {
    moved[cell]! /= counts[cell]!;
    edges[cell]! /= counts[cell]!;
  }
  const numerator = smooth(moved, rows, cols);
  const denominator = smooth(edges, rows, cols);
  for (let cell = 0; cell < counts.length; cell++) numerator[cell]! /= denominator[cell]! + WEAK_EDGE ** 2;
  return { camera, parts: { rows, cols, data: shares(numerator) } };
}

interface Buffers {
  /** How much each pixel tells of the camera. */
  readonly background: Luma;
  readonly residuals: Float32Array;
  /** The grid of cells, what is summed in them, and the column each pixel of a row lies in. */
  readonly rows: number;
  readonly cols: number;
  readonly moved: Float32Array;
  readonly edges: Float32Array;
  readonly counts: Float32Array;
  readonly columns: Uint32Array;
}

const buffersFor = bySize(({ width, height }): Buffers => {
  const rows = Math.max(1, Math.round(height / CELL));
  const cols = Math.max(1, Math.round(width / CELL));
  const perCell = () => new Float32Array(rows * cols);
  return {
    background: blankLuma(width, height),
    residuals: new Float32Array(width * height),
    rows,
    cols,
    moved: perCell(),
    edges: perCell(),
    counts: perCell(),
    columns: columnsOf(width, cols),
  };
});

/** Of the pixels that were compared: the sum of brightness, of its squares, of the residuals' squares, and their number. */
const totals = new Float64Array(4);

/** Adds a row of pixels to the cells it lies in, and to the totals. */
function addRow(
  data: Float32Array,
  residuals: Float32Array,
  start: number,
  width: number,
  above: number,
  below: number,
  columns: Uint32Array,
  row: number,
  moved: Float32Array,
  edges: Float32Array,
  counts: Float32Array,
): void {
  let sum = 0;
  let squares = 0;
  let left = 0;
  let compared = 0;
  for (let x = 0, pixel = start; x < width; x++, pixel++) {
    const across = slope(data, pixel, x === 0 ? 0 : 1, x === width - 1 ? 0 : 1);
    const down = slope(data, pixel, above, below);
    const edge = across * across + down * down;
    const cell = row + columns[x]!;
    edges[cell]! += edge;
    counts[cell]!++;
    const residual = residuals[pixel]!;
    if (Number.isNaN(residual)) continue;
    const brightness = data[pixel]!;
    moved[cell]! += Math.abs(residual) * Math.sqrt(edge);
    sum += brightness;
    squares += brightness * brightness;
    left += residual * residual;
    compared++;
  }
  totals[0]! += sum;
  totals[1]! += squares;
  totals[2]! += left;
  totals[3]! += compared;
}

/** The column of a grid that each pixel of a row lies in. */
function columnsOf(width: number, cols: number): Uint32Array {
  return Uint32Array.from({ length: width }, (_, x) => Math.floor((x * cols) / width));
}

/** Those of the object's grid: `width` pixels over `height` columns. */
const columnsFor = bySize(({ width, height }) => columnsOf(width, height));

/** Writes how much each pixel tells of the camera: nothing where the object surely is. */
function spread({ rows, cols, data }: CamMap, { width, height, data: weights }: Luma): void {
  const columns = columnsFor({ width, height: cols });
  for (let y = 0; y < height; y++) {
    spreadRow(data, Math.floor((y * rows) / height) * cols, columns, weights, y * width);
  }
}

function spreadRow(cells: Float32Array, row: number, columns: Uint32Array, weights: Float32Array, start: number) {
  for (let x = 0; x < columns.length; x++) weights[start + x] = 1 - 0.95 * cells[row + columns[x]!]!;
}

/** Each cell a quarter of its neighbours on either side and half itself, along rows, then along columns. */
function smooth(cells: Float32Array, rows: number, cols: number): Float32Array {
  const across = new Float32Array(cells.length);
  const down = new Float32Array(cells.length);
  for (let row = 0; row < rows; row++) smoothLine(cells, across, row * cols, 1, cols);
  for (let col = 0; col < cols; col++) smoothLine(across, down, col, cols, rows);
  return down;
}

function smoothLine(cells: Float32Array, out: Float32Array, start: number, step: number, count: number): void {
  for (let place = 0, cell = start; place < count; place++, cell += step) {
    const before = cells[place === 0 ? cell : cell - step]!;
    const after = cells[place === count - 1 ? cell : cell + step]!;
    out[cell] = (before + 2 * cells[cell]! + after) / 4;
  }
}

function shares(motion: Float32Array): Float32Array {
  const sorted = motion.slice().sort();
  const middle = sorted[sorted.length >> 1]!;
  const most = sorted[Math.floor(sorted.length * (1 - MOST_MOVED))]!;
  const range = Math.max(most - middle, LEAST_MOTION);
  for (let cell = 0; cell < motion.length; cell++) {
    sorted[cell] = Math.min(Math.max((motion[cell]! - middle) / range, 0), 1);
  }
  return sorted;
}
