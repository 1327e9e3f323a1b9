import type { ModelInput, Size } from '../types.ts';

/** The brightness of a picture, 0 to 255, row-major: `data[y * width + x]`. */
export interface Luma extends Size {
  readonly data: Float32Array;
}

/** How many pixels are left, about: enough to tell an object's motion, few enough to do so in a millisecond or two. */
const PIXELS = 11_520;

/** The brightness (BT.601) of what the network sees, squares of pixels averaged. */
export function lumaOf({ width, height, data: rgb }: ModelInput): Luma {
  const side = Math.max(1, Math.round(Math.sqrt((width * height) / PIXELS)));
  const luma = blankLuma(Math.floor(width / side), Math.floor(height / side));
  for (let y = 0; y < luma.height * side; y++) {
    addRow(rgb, y * width * 3, side, luma.data, Math.floor(y / side) * luma.width, luma.width);
  }
  return luma;
}

/** All of them are made here, so that they have one shape to the compiler. */
export function blankLuma(width: number, height: number): Luma {
  return { width, height, data: new Float32Array(width * height) };
}

/** What the weights of the colours below sum to. */
const ONE = 2 ** 18;

/** Adds the share of a row of pixels to the row of squares they lie in; in whole numbers, which is faster. */
function addRow(rgb: Uint8Array, from: number, side: number, out: Float32Array, to: number, width: number): void {
  const share = 1 / (ONE * side * side);
  let at = from;
  for (let pixel = to; pixel < to + width; pixel++) {
    let sum = 0;
    for (const end = at + side * 3; at < end; at += 3) {
      sum += 78381 * rgb[at]! + 153878 * rgb[at + 1]! + 29885 * rgb[at + 2]!;
    }
    out[pixel]! += share * sum;
  }
}

/**
 * Central difference at a pixel, one-sided at the edges.
 *
 * @param before - How many values further up the neighbour before it is, 0 where there is none.
 * @param after - The same of the one after it, further down.
 */
export function slope(data: Float32Array, pixel: number, before: number, after: number): number {
  return (data[pixel + after]! - data[pixel - before]!) * (before > 0 && after > 0 ? 0.5 : 1);
}

/** Writes half the size, each pixel the mean of four; an odd last row or column is left out. */
export function halve({ width, data }: Luma, half: Luma): void {
  for (let y = 0; y < half.height; y++) halveRows(data, 2 * y * width, width, half.data, y * half.width, half.width);
}

function halveRows(data: Float32Array, from: number, width: number, half: Float32Array, to: number, count: number) {
  for (let x = 0, at = from; x < count; x++, at += 2) {
    half[to + x] = (data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]!) / 4;
  }
}
