import type { Size } from '../types.ts';

/** A connected region of a thresholded grid, in grid pixels. */
export interface Region {
  /** Bounding box, `x1` and `y1` exclusive. */
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  /** Number of pixels. */
  readonly area: number;
  /** The largest value and the pixel that holds it; of equals the first, row by row. */
  readonly peak: { readonly value: number; readonly x: number; readonly y: number };
}

/**
 * Connected regions of the pixels whose value is at least `threshold`, largest first. Pixels connect over edges and over
 * corners (8-connectivity), as the contours do by which CAM boxes are customarily measured (Choe et al., CVPR 2020).
 *
 * One pass over the rows: each row is cut into runs, each run joins the regions of the runs it touches in the row above
 * (union-find), and box, area and peak grow along. NaN belongs to no region.
 *
 * @param values `[height, width]`, row-major
 */
export function findRegions(values: Float32Array, size: Size, threshold: number): Region[] {
  const { width, height } = size;
  const all: Growing[] = [];
  let above: Run[] = [];
  for (let y = 0; y < height; y++) {
    const runs: Run[] = [];
    let touching = 0;
    let x = 0;
    while (x < width) {
      x = runStart(values, y * width, x, width, threshold);
      if (x === width) break;
      const run = growRun(values, y, x, width, threshold);
      // Runs end exclusively, so a shared corner is `above.end === run.start`, and the other way round.
      while (touching < above.length && above[touching]!.end < run.start) touching++;
      for (let index = touching; index < above.length && above[index]!.start <= run.end; index++) {
        join(above[index]!.region, run.region);
      }
      all.push(run.region);
      runs.push(run);
      x = run.end;
    }
    above = runs;
  }
  return all.filter((region) => region.parent === undefined).sort(byAreaThenPlace);
}

/** The next pixel of a row that reaches the threshold; `width` where none does. */
function runStart(values: Float32Array, row: number, from: number, width: number, threshold: number): number {
  let x = from;
  while (x < width && !(values[row + x]! >= threshold)) x++;
  return x;
}

interface Run {
  readonly start: number;
  readonly end: number;
  readonly region: Growing;
}

interface Growing {
  parent: Growing | undefined;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  area: number;
  peak: { value: number; x: number; y: number };
}

function growRun(values: Float32Array, y: number, start: number, width: number, threshold: number): Run {
  const row = y * width;
  let end = start;
  let peakX = start;
  while (end < width && values[row + end]! >= threshold) {
    if (values[row + end]! > values[row + peakX]!) peakX = end;
    end++;
  }
  const peak = { value: values[row + peakX]!, x: peakX, y };
  return { start, end, region: { parent: undefined, x0: start, y0: y, x1: end, y1: y + 1, area: end - start, peak } };
}

function rootOf(region: Growing): Growing {
  let root = region;
  while (root.parent) root = root.parent;
  let step = region;
  while (step.parent) {
    const next: Growing = step.parent;
    step.parent = root;
    step = next;
  }
  return root;
}

function join(one: Growing, other: Growing): void {
  const root = rootOf(one);
  const child = rootOf(other);
  if (root === child) return;
  child.parent = root;
  root.x0 = Math.min(root.x0, child.x0);
  root.y0 = Math.min(root.y0, child.y0);
  root.x1 = Math.max(root.x1, child.x1);
  root.y1 = Math.max(root.y1, child.y1);
  root.area += child.area;
  const [a, b] = [root.peak, child.peak];
  if (b.value > a.value || (b.value === a.value && (b.y < a.y || (b.y === a.y && b.x < a.x)))) root.peak = b;
}

function byAreaThenPlace(a: Region, b: Region): number {
  return b.area - a.area || a.y0 - b.y0 || a.x0 - b.x0 || a.peak.y - b.peak.y || a.peak.x - b.peak.x;
}
