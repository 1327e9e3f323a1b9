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
  const size = { width: Math.floor(width / side), height: Math.floor(height / side) };
  const data = new Float32Array(size.width * size.height);
  const share = 1 / (side * side);
  for (let y = 0; y < size.height * side; y++) {
    const row = Math.floor(y / side) * size.width;
    let at = y * width * 3;
    for (let x = 0; x < size.width; x++) {
      let sum = 0;
      for (const end = at + side * 3; at < end; at += 3) {
        sum += 0.299 * rgb[at]! + 0.587 * rgb[at + 1]! + 0.114 * rgb[at + 2]!;
      }
      data[row + x]! += share * sum;
    }
  }
  return { ...size, data };
}

/** Half the size, each pixel the mean of four; an odd last row or column is left out. */
export function halve({ width, height, data }: Luma): Luma {
  const size = { width: width >> 1, height: height >> 1 };
  const half = new Float32Array(size.width * size.height);
  for (let y = 0, to = 0; y < size.height; y++) {
    for (let x = 0, from = 2 * y * width; x < size.width; x++, from += 2) {
      half[to++] = (data[from]! + data[from + 1]! + data[from + width]! + data[from + width + 1]!) / 4;
    }
  }
  return { ...size, data: half };
}
