import type { Range } from './rounding.ts';

/** How often a value fell into each part of its range, which the counts share evenly. Zeros are not counted. */
export interface Histogram extends Range {
  readonly counts: Float64Array;
}

const BINS = 4096;
const BYTES = 256;
/** Shares of the full range that are tried. */
const SHARES = Array.from({ length: 41 }, (_, step) => 1 - step / 50);

export function newHistogram({ min, max }: Range): Histogram {
  return { min, max, counts: new Float64Array(BINS) };
}

export function addToHistogram({ min, max, counts }: Histogram, values: ArrayLike<number>): void {
  const binsPerUnit = (BINS - 1e-6) / (max - min);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== 0) counts[Math.min(BINS - 1, Math.max(0, Math.floor((value - min) * binsPerUnit)))]!++;
  }
}

/**
 * The part of a range in which values are best rounded to bytes: what lies outside is clipped, what lies inside is rounded
 * more finely. Least sum of squared errors over both; both ends keep their ratio. A few large values would otherwise make
 * the steps of all others coarse.
 */
export function bestRange({ min, max, counts }: Histogram): Range {
  const width = (max - min) / BINS;
  let best: Range & { error: number } = { min, max, error: Number.POSITIVE_INFINITY };
  for (const share of SHARES) {
    const [low, high] = [min * share, max * share];
    const rounding = ((high - low) / (BYTES - 1)) ** 2 / 12;
    let error = 0;
    for (const [bin, count] of counts.entries()) {
      const value = min + (bin + 0.5) * width;
      const clipped = value < low ? low - value : value > high ? value - high : 0;
      error += count * (clipped === 0 ? rounding : clipped ** 2);
    }
    if (error < best.error) best = { min: low, max: high, error };
  }
  return { min: best.min, max: best.max };
}
