import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeatureMap } from '../../src/cam/feature-map.ts';
import { normalise } from '../../src/cam/normalise.ts';
import { prototypeMaps } from '../../src/cam/prototypes.ts';
import { gather, upsample } from '../../src/cam/upsample.ts';
import type { CamMap } from '../../src/types.ts';

/** Activations from 0 to 1 of a stage with this grid. */
function stage(channels: number, rows: number, cols: number): fc.Arbitrary<FeatureMap> {
  return values(channels * rows * cols).map((data) => ({ channels, rows, cols, data }));
}

function values(count: number): fc.Arbitrary<Float32Array> {
  const value = fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8);
  return fc.array(value, { minLength: count, maxLength: count }).map((list) => Float32Array.from(list));
}

const seed: fc.Arbitrary<CamMap> = values(6).map((data) => ({ rows: 2, cols: 3, data }));

/** The definition, by all pairs of cells: the mean of the seed, weighted by the likeness to the cell. */
function byPairs(stages: readonly FeatureMap[], seedMap: CamMap, rows: number, cols: number): number[] {
  const size = { width: cols, height: rows };
  const features = stages.flatMap(({ channels, rows: r, cols: c, data }) => {
    const cells = r * c;
    const lengths = Array.from({ length: cells }, (_, cell) =>
      Math.hypot(...Array.from({ length: channels }, (_, channel) => data[channel * cells + cell]!)),
    );
    return Array.from({ length: channels }, (_, channel) => {
      const plane = data.slice(channel * cells, (channel + 1) * cells);
      const unit = plane.map((value, cell) => value / Math.max(lengths[cell]!, 1e-6));
      return upsample({ rows: r, cols: c, data: unit }, size);
    });
  });
  const shares = upsample(normalise(seedMap), size);
  const dot = (i: number, j: number) => features.reduce((sum, plane) => sum + plane[i]! * plane[j]!, 0);
  return Array.from({ length: rows * cols }, (_, i) => {
    let own = 0;
    let all = 0;
    for (let j = 0; j < rows * cols; j++) {
      own += shares[j]! * dot(i, j);
      all += dot(i, j);
    }
    return own / Math.max(all, 1e-9);
  });
}

describe('maps from feature prototypes', () => {
  it('are the seed averaged over all cells by likeness, as computed pair by pair', () => {
    fc.assert(
      fc.property(stage(3, 4, 6), stage(4, 2, 3), seed, (fine, coarse, seedMap) => {
        const [map] = prototypeMaps([fine, coarse], [seedMap]);
        const expected = byPairs([fine, coarse], seedMap, 4, 6);
        expect([map!.rows, map!.cols]).toEqual([4, 6]);
        for (const [cell, value] of expected.entries()) expect(map!.data[cell]).toBeCloseTo(value, 4);
      }),
    );
  });

  it('do not depend on which other seeds are refined with them', () => {
    fc.assert(
      fc.property(stage(3, 4, 6), stage(4, 2, 3), seed, seed, (fine, coarse, one, other) => {
        const together = prototypeMaps([fine, coarse], [one, other]);
        expect(together).toEqual([...prototypeMaps([fine, coarse], [one]), ...prototypeMaps([fine, coarse], [other])]);
      }),
    );
  });

  it('reach all cells that look like the hot one, and no other', () => {
    // Left half one feature, right half the other; the seed lights one cell on the left.
    const data = Float32Array.from([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
    const lit = { rows: 2, cols: 4, data: Float32Array.from([1, 0, 0, 0, 0, 0, 0, 0]) };
    const [map] = prototypeMaps([{ channels: 2, rows: 2, cols: 4, data }], [lit]);
    expect([...map!.data]).toEqual([0.25, 0.25, 0, 0, 0.25, 0.25, 0, 0]);
  });

  it('stay finite where there are no features at all', () => {
    const [map] = prototypeMaps(
      [{ channels: 2, rows: 2, cols: 2, data: new Float32Array(8) }],
      [{ rows: 2, cols: 2, data: Float32Array.from([0, 1, 0, 0]) }],
    );
    expect([...map!.data]).toEqual([0, 0, 0, 0]);
  });
});

describe('gather', () => {
  it('is the transpose of upsample', () => {
    fc.assert(
      fc.property(values(6), values(35), (map, pixels) => {
        const size = { width: 7, height: 5 };
        const up = upsample({ rows: 2, cols: 3, data: map }, size);
        const cells = gather(pixels, size, { rows: 2, cols: 3 });
        const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
        expect(dot(up, pixels)).toBeCloseTo(dot(map, cells), 4);
      }),
    );
  });
});
