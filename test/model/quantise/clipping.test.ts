import { describe, expect, it } from 'vitest';
import { addToHistogram, bestRange, newHistogram } from '../../../src/model/quantise/clipping.ts';
import { type Range, roundingOf } from '../../../src/model/quantise/rounding.ts';
import { seeded } from '../random-weights.ts';

/** Sum of squared errors of values that are rounded to bytes. */
function errorOf(values: readonly number[], range: Range): number {
  const { scale, zeroPoint } = roundingOf(range);
  return values.reduce((sum, value) => {
    const byte = Math.min(255, Math.max(0, Math.round(value / scale) + zeroPoint));
    return sum + (value - (byte - zeroPoint) * scale) ** 2;
  }, 0);
}

function bestOf(values: readonly number[]): { full: Range; best: Range } {
  const full = { min: Math.min(0, ...values), max: Math.max(0, ...values) };
  const histogram = newHistogram(full);
  addToHistogram(histogram, values);
  return { full, best: bestRange(histogram) };
}

const random = seeded(5);

describe('the range that values are rounded in', () => {
  it('is the whole of it for values spread evenly', () => {
    const { full, best } = bestOf(Array.from({ length: 20_000 }, () => 8 * random() - 2));
    expect(best).toEqual(full);
  });

  it('leaves out the few that lie far from the rest, and is the better for it', () => {
    const values = [...Array.from({ length: 100_000 }, () => random() ** 4), 6];
    const { full, best } = bestOf(values);
    expect(best.min).toBe(0);
    expect(best.max).toBeLessThan(6);
    expect(errorOf(values, best)).toBeLessThan(errorOf(values, full));
  });

  it('is no other for zeros, which are exact in any', () => {
    const values = Array.from({ length: 5000 }, () => random() ** 8 * 10 - 1);
    expect(bestOf([...values, ...Array<number>(50_000).fill(0)]).best).toEqual(bestOf(values).best);
  });

  it('of nothing is nothing', () => {
    expect(bestOf([0, 0])).toMatchObject({ best: { min: 0, max: 0 } });
  });
});
