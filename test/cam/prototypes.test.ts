import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalise } from '../../src/cam/normalise.ts';
import { prototypeMap } from '../../src/cam/prototypes.ts';
import { upsample } from '../../src/cam/upsample.ts';
import type { CamMap, FeatureMap } from '../../src/types.ts';
import { affinityOf, dot, unitFeatures } from './affinity-of.ts';

const grid = { rows: 2, cols: 3 };

/** Activations from 0 to 1 of a stage with this grid. */
function stage(channels: number, rows: number, cols: number): fc.Arbitrary<FeatureMap> {
  return values(channels * rows * cols).map((data) => ({ channels, rows, cols, data }));
}

function values(count: number): fc.Arbitrary<Float32Array> {
  const value = fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8);
  return fc.array(value, { minLength: count, maxLength: count }).map((list) => Float32Array.from(list));
}

const seed: fc.Arbitrary<CamMap> = values(6).map((data) => ({ ...grid, data }));

/** The definition, by all pairs of cells: the mean of the seed, weighted by the likeness to the cell. */
function byPairs(stages: readonly FeatureMap[], seedMap: CamMap, rows: number, cols: number): Float32Array {
  const size = { width: cols, height: rows };
  const own = new Float32Array(rows * cols);
  const all = new Float32Array(rows * cols);
  for (const one of stages) {
    const features = unitFeatures(one);
    const shares = upsample(normalise(seedMap), { width: one.cols, height: one.rows });
    const mean = (weights: Float32Array) => ({
      rows: one.rows,
      cols: one.cols,
      data: Float32Array.from(
        features,
        (cell) => features.reduce((sum, other, j) => sum + weights[j]! * dot(cell, other), 0) / features.length,
      ),
    });
    const add = (sum: Float32Array, map: CamMap) => {
      for (const [cell, value] of upsample(map, size).entries()) sum[cell]! += value;
    };
    add(own, mean(shares));
    add(all, mean(shares.map(() => 1)));
  }
  return own.map((value, cell) => value / Math.max(all[cell]!, 1e-9));
}

describe('maps from feature prototypes', () => {
  it('are the seed averaged over all cells by likeness, as computed pair by pair', () => {
    fc.assert(
      fc.property(stage(3, 4, 6), stage(4, 2, 3), seed, (fine, coarse, seedMap) => {
        const map = prototypeMap([affinityOf(fine, grid), affinityOf(coarse, grid)], seedMap);
        const expected = byPairs([fine, coarse], seedMap, 4, 6);
        expect([map.rows, map.cols]).toEqual([4, 6]);
        for (const [cell, value] of expected.entries()) expect(map.data[cell]).toBeCloseTo(value, 4);
      }),
    );
  });

  it('reach all cells that look like the hot one, and no other', () => {
    // Left half one feature, right half the other; the seed lights one cell on the left.
    const data = Float32Array.from([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
    const lit = { rows: 2, cols: 4, data: Float32Array.from([1, 0, 0, 0, 0, 0, 0, 0]) };
    const map = prototypeMap([affinityOf({ channels: 2, rows: 2, cols: 4, data }, lit)], lit);
    expect([...map.data]).toEqual([0.25, 0.25, 0, 0, 0.25, 0.25, 0, 0]);
  });

  it('stay finite where there are no features at all', () => {
    const lit = { rows: 2, cols: 2, data: Float32Array.from([0, 1, 0, 0]) };
    const dark = affinityOf({ channels: 2, rows: 2, cols: 2, data: new Float32Array(8) }, lit);
    expect([...prototypeMap([dark], lit).data]).toEqual([0, 0, 0, 0]);
  });
});
