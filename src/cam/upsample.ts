import type { CamMap, Size } from '../types.ts';

/**
 * Bilinear upsampling with half-pixel centres: pixel x samples the map at column `(x + 0.5) / width * cols - 0.5`, and
 * beyond the outer cell centres the outer cells go on. Separable, one interpolation a pixel: the two map rows around a
 * pixel row are blended first, cell by cell, and then stretched.
 *
 * @param out Where to write, `[height * width]`, to spare the allocation.
 * @returns `[height, width]`, row-major.
 */
export function upsample(map: CamMap, size: Size, out?: Float32Array): Float32Array {
  const { width, height } = size;
  const { rows, cols, data } = map;
  const pixels = out ?? new Float32Array(width * height);
  const across = samples(width, cols);
  const down = samples(height, rows);
  // A cell past the end, so that the last cell's difference to its right neighbour is 0 without a test a pixel.
  const blended = new Float32Array(cols + 1);
  for (let y = 0; y < height; y++) {
    const upper = down.cell[y]! * cols;
    const lower = Math.min(down.cell[y]! + 1, rows - 1) * cols;
    const share = down.share[y]!;
    for (let col = 0; col < cols; col++) {
      blended[col] = data[upper + col]! + (data[lower + col]! - data[upper + col]!) * share;
    }
    blended[cols] = blended[cols - 1]!;
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const col = across.cell[x]!;
      const value = blended[col]!;
      pixels[row + x] = value + (blended[col + 1]! - value) * across.share[x]!;
    }
  }
  return pixels;
}

/** For each pixel of a line the cell to its left (or above) and the share of the next cell. */
function samples(pixels: number, cells: number): { cell: Int32Array; share: Float32Array } {
  const cell = new Int32Array(pixels);
  const share = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const position = Math.min(Math.max(((pixel + 0.5) * cells) / pixels - 0.5, 0), cells - 1);
    cell[pixel] = Math.floor(position);
    share[pixel] = position - Math.floor(position);
  }
  return { cell, share };
}
