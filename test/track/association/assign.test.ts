import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign } from '../../../src/track/association/assign.ts';

/** The best total over every way to assign rows to different columns, or to none. */
function exhaustive(similarity: readonly (readonly number[])[], row = 0, used = new Set<number>()): number {
  if (row === similarity.length) return 0;
  let best = exhaustive(similarity, row + 1, used);
  similarity[row]!.forEach((value, column) => {
    if (value <= 0 || used.has(column)) return;
    used.add(column);
    best = Math.max(best, value + exhaustive(similarity, row + 1, used));
    used.delete(column);
  });
  return best;
}

const similarities = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([rows, columns]) =>
  fc.array(fc.array(fc.constantFrom(-1, 0, 0.1, 0.2, 0.3, 0.5, 0.9), { minLength: columns, maxLength: columns }), {
    minLength: rows,
    maxLength: rows,
  }),
);

describe('the assignment', () => {
  it('has the largest total of all there are, and uses a row and a column once', () => {
    fc.assert(
      fc.property(similarities, (similarity) => {
        const pairs = assign(similarity.map((row) => Float64Array.from(row)));
        const total = pairs.reduce((sum, [row, column]) => sum + similarity[row]![column]!, 0);
        expect(total).toBeCloseTo(exhaustive(similarity), 9);
        expect(new Set(pairs.map(([row]) => row)).size).toBe(pairs.length);
        expect(new Set(pairs.map(([, column]) => column)).size).toBe(pairs.length);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves out pairs without similarity, even where nothing else is left', () => {
    expect(assign([Float64Array.of(0, -1), Float64Array.of(0.4, 0)])).toEqual([[1, 0]]);
    expect(assign([Float64Array.of(0)])).toEqual([]);
  });

  it('of nothing is nothing', () => {
    expect(assign([])).toEqual([]);
    expect(assign([new Float64Array(0), new Float64Array(0)])).toEqual([]);
  });
});
