import type { CamMap } from '../types.ts';
import { type Affine, cameraMotion, standstill, warp } from './camera.ts';
import type { Luma } from './luma.ts';

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
  const background = { width, height, data: spread(object, now) };
  const camera = cameraMotion(now, before, background, start);
  const rows = Math.max(1, Math.round(height / CELL));
  const cols = Math.max(1, Math.round(width / CELL));
  const moved = new Float32Array(rows * cols);
  const edges = new Float32Array(rows * cols);
  const counts = new Float32Array(rows * cols);
  let sum = 0;
  let squares = 0;
  let left = 0;
  let compared = 0;
  const warped = new Float32Array(data.length);
  warp(now, before, camera, 1, now, warped);
  for (let y = 0, pixel = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * cols;
    for (let x = 0; x < width; x++, pixel++) {
      const across = gradient(data, pixel, 1, x, width);
      const down = gradient(data, pixel, width, y, height);
      const edge = across * across + down * down;
      const cell = row + Math.floor((x * cols) / width);
      edges[cell]! += edge;
      counts[cell]!++;
      const brightness = data[pixel]!;
      const residual = brightness - warped[pixel]!;
      if (Number.isNaN(residual)) continue;
      moved[cell]! += Math.abs(residual) * Math.sqrt(edge);
      sum += brightness;
      squares += brightness * brightness;
      left += residual * residual;
      compared++;
    }
  }
  const variance = squares - (sum * sum) / compared;
  if (!(left <= (1 - IN_COMMON) * variance)) return { camera: standstill() };
  for (let cell = 0; cell < counts.length; cell++) {
    moved[cell]! /= counts[cell]!;
    edges[cell]! /= counts[cell]!;
  }
  const numerator = smooth(moved, rows, cols);
  const denominator = smooth(edges, rows, cols);
  const motion = numerator.map((value, cell) => value / (denominator[cell]! + WEAK_EDGE ** 2));
  return { camera, parts: { rows, cols, data: shares(motion) } };
}

/** How much each pixel tells of the camera: nothing where the object surely is. */
function spread({ rows, cols, data }: CamMap, { width, height }: Luma): Float32Array {
  const weights = new Float32Array(width * height);
  for (let y = 0, pixel = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * cols;
    for (let x = 0; x < width; x++) weights[pixel++] = 1 - 0.95 * data[row + Math.floor((x * cols) / width)]!;
  }
  return weights;
}

/** Central differences; at the edges one-sided. */
function gradient(data: Float32Array, pixel: number, step: number, place: number, end: number): number {
  if (place === 0) return data[pixel + step]! - data[pixel]!;
  if (place === end - 1) return data[pixel]! - data[pixel - step]!;
  return (data[pixel + step]! - data[pixel - step]!) / 2;
}

/** Each cell a quarter of its neighbours on either side and half itself, along rows, then along columns. */
function smooth(cells: Float32Array, rows: number, cols: number): Float32Array {
  const along = (values: Float32Array, step: number, placeOf: (cell: number) => number, end: number) =>
    values.map((value, cell) => {
      const place = placeOf(cell);
      const before = values[place === 0 ? cell : cell - step]!;
      const after = values[place === end - 1 ? cell : cell + step]!;
      return (before + 2 * value + after) / 4;
    });
  const across = along(cells, 1, (cell) => cell % cols, cols);
  return along(across, cols, (cell) => Math.floor(cell / cols), rows);
}

function shares(motion: Float32Array): Float32Array {
  const sorted = motion.slice().sort();
  const middle = sorted[sorted.length >> 1]!;
  const most = sorted[Math.floor(sorted.length * (1 - MOST_MOVED))]!;
  const range = Math.max(most - middle, LEAST_MOTION);
  return motion.map((value) => Math.min(Math.max((value - middle) / range, 0), 1));
}
