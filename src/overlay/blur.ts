import type { Box } from '../types.ts';
import { clip } from './paint.ts';
import type { Component, Surface } from './picture.ts';

/** Values that are left along the longer side of what is hidden: too few for a face or a number plate. */
const CELLS = 6;

/**
 * Hides what is in a box: the means of a grid of 6 cells along its longer side, with smooth transitions. Nothing else of it
 * is left in the picture. Chroma samples that reach over the edge of the box are blurred too; all others outside stay as they are.
 */
export function blurBox(surface: Surface, [x0, y0, x1, y1]: Box): void {
  const { luma, chroma, shiftX, shiftY, sampleShift } = surface;
  const area = { left: Math.floor(x0), top: Math.floor(y0), right: Math.ceil(x1), bottom: Math.ceil(y1) };
  const { left, top, right, bottom } = clip(area, surface);
  if (left >= right || top >= bottom || Number.isNaN(x0 + y0 + x1 + y1)) return;
  const mask = -1 << sampleShift;
  blurComponent(luma, left, top, right, bottom, mask);
  for (const component of chroma)
    blurComponent(
      component,
      left >> shiftX,
      top >> shiftY,
      (right + (1 << shiftX) - 1) >> shiftX,
      (bottom + (1 << shiftY) - 1) >> shiftY,
      mask,
    );
}

function blurComponent(
  { samples, stride, step, offset }: Component,
  left: number,
  top: number,
  right: number,
  bottom: number,
  mask: number,
): void {
  const [width, height] = [right - left, bottom - top];
  const longer = Math.max(width, height);
  const across = Math.max(1, Math.round((CELLS * width) / longer));
  const down = Math.max(1, Math.round((CELLS * height) / longer));
  const sums = new Float64Array(across * down);
  const counts = new Uint32Array(across * down);
  for (let y = 0; y < height; y++) {
    const first = Math.floor((y * down) / height) * across;
    for (let x = 0; x < width; x++) {
      const cell = first + Math.floor((x * across) / width);
      sums[cell]! += samples[offset + (top + y) * stride + (left + x) * step]!;
      counts[cell]!++;
    }
  }
  // A side may have fewer samples than cells.
  const means = sums.map((sum, cell) => sum / Math.max(1, counts[cell]!));
  const columns = Array.from({ length: width }, (_, x) => between(x, width, across));
  const row = new Float64Array(across);
  for (let y = 0; y < height; y++) {
    const { low, high, share } = between(y, height, down);
    for (let cell = 0; cell < across; cell++)
      row[cell] = means[low * across + cell]! * (1 - share) + means[high * across + cell]! * share;
    for (let x = 0; x < width; x++) {
      const column = columns[x]!;
      const value = row[column.low]! * (1 - column.share) + row[column.high]! * column.share;
      samples[offset + (top + y) * stride + (left + x) * step] = Math.round(value) & mask;
    }
  }
}

/** The two cells whose centres a sample lies between, and how near it is to the second. */
function between(position: number, size: number, cells: number): { low: number; high: number; share: number } {
  const place = Math.max(0, Math.min(cells - 1, ((position + 0.5) * cells) / size - 0.5));
  const low = Math.floor(place);
  return { low, high: Math.min(cells - 1, low + 1), share: place - low };
}
