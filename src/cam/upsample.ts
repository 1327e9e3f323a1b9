import type { CamMap, Size } from '../types.ts';

/**
 * Bilinear upsampling with half-pixel centres: pixel x samples the map at column `(x + 0.5) / width * cols - 0.5`, and
 * beyond the outer cell centres the outer cells go on. Separable, one interpolation a pixel: the two map rows around a
 * pixel row are blended first, cell by cell, and then stretched.
 *
 * @param out Where to write, `[height * width]`, to spare the allocation.
 * @param least Pixels below this are not of interest: they may come out as any value below it, which spares most of the work.
 * @returns `[height, width]`, row-major.
 */
export function upsample(map: CamMap, size: Size, out?: Float32Array, least = Number.NEGATIVE_INFINITY): Float32Array {
  const { width, height } = size;
  const { rows, cols, data } = map;
  const pixels = out ?? new Float32Array(width * height);
  const across = samplesFor(width, cols);
  const down = samplesFor(height, rows);
  const { blended } = across;
  for (let y = 0; y < height; y++) {
    const upper = down.cell[y]! * cols;
    const lower = Math.min(down.cell[y]! + 1, rows - 1) * cols;
    const share = down.share[y]!;
    for (let col = 0; col < cols; col++) {
      blended[col] = data[upper + col]! + (data[lower + col]! - data[upper + col]!) * share;
    }
    blended[cols] = blended[cols - 1]!;
    let first = 0;
    let last = cols - 1;
    // Written so that what is no number is of interest, as the rows above are.
    while (first < cols && blended[first]! < least) first++;
    while (last > first && blended[last]! < least) last--;
    const from = across.begins[Math.max(first - 1, 0)]!;
    const to = first === cols ? from : across.begins[last + 1]!;
    const start = y * width;
    if (to - from < width) pixels.fill(least - 1, start, start + width);
    stretch(across, pixels, start, from, to);
  }
  return pixels;
}

/** Where the pixels of a line lie among the cells of a line of the map. */
interface Samples {
  /** For each pixel the cell to its left, or above, */
  readonly cell: Int32Array;
  /** and the share of the next cell. */
  readonly share: Float32Array;
  /** For each cell the first pixel right of its centre, or below, and last the number of pixels. */
  readonly begins: Int32Array;
  /** Room for a line of cells, and one past the end, so that the last cell's difference to its right neighbour is 0. */
  readonly blended: Float32Array;
}

function stretch(
  { cell, share, blended }: Samples,
  pixels: Float32Array,
  start: number,
  from: number,
  to: number,
): void {
  for (let x = from; x < to; x++) {
    const col = cell[x]!;
    const value = blended[col]!;
    pixels[start + x] = value + (blended[col + 1]! - value) * share[x]!;
  }
}

const KEPT = 64;
const kept = new Map<number, Samples>();

/** A video needs the same few for each of its frames. */
function samplesFor(pixels: number, cells: number): Samples {
  const key = pixels * 0x10000 + cells;
  let samples = kept.get(key);
  if (samples === undefined) {
    if (kept.size === KEPT) kept.clear();
    samples = {
      cell: new Int32Array(pixels),
      share: new Float32Array(pixels),
      begins: new Int32Array(cells + 1).fill(pixels),
      blended: new Float32Array(cells + 1),
    };
    for (let pixel = pixels - 1; pixel >= 0; pixel--) {
      const position = Math.min(Math.max(((pixel + 0.5) * cells) / pixels - 0.5, 0), cells - 1);
      samples.cell[pixel] = Math.floor(position);
      samples.share[pixel] = position - Math.floor(position);
      samples.begins.fill(pixel, 0, samples.cell[pixel]! + 1);
    }
    kept.set(key, samples);
  }
  return samples;
}
