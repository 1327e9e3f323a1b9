import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CamOptions, localiseMaps } from '../../src/cam/localise-maps.ts';
import { refinePeak } from '../../src/cam/peak.ts';
import { HeatboxError } from '../../src/error.ts';
import type { ClassMaps } from '../../src/types.ts';
import { camMap, classMaps } from './maps.ts';

const options: CamOptions = {
  display: { width: 640, height: 480 },
  grid: { width: 128, height: 96 },
  topK: 1,
  minScore: 0.1,
  threshold: 0.4,
};

/** A map of 4 x 3 cells with hills of the given heights. */
function hills(...places: readonly (readonly [col: number, row: number, height: number])[]): number[][] {
  const map = Array.from({ length: 3 }, () => [0, 0, 0, 0]);
  for (const [col, row, height] of places) map[row]![col] = height;
  return map;
}

describe('localiseMaps', () => {
  it('boxes a single hot cell where the threshold cuts its slopes', () => {
    const [found, ...others] = localiseMaps(classMaps([{ logit: 0, map: hills([1, 1, 5]) }]), options);
    expect(others).toEqual([]);
    // Cells are 160 px; along the axes the hill falls linearly from 1 at (240, 240) to 0 one cell on, so 0.4 lies at 0.6.
    const pixel = 640 / 128;
    const edges = [240 - 96, 240 - 96, 240 + 96, 240 + 96];
    found!.box.forEach((edge, side) => {
      expect(Math.abs(edge - edges[side]!)).toBeLessThanOrEqual(pixel);
    });
    expect(found!.peak).toEqual({ x: 240, y: 240 });
    expect(found!.score).toBe(1);
    expect(found!.map).toEqual(camMap(hills([1, 1, 5])));
  });

  it('does not change when the map is scaled or lifted, since the threshold is a share of its range', () => {
    const factor = fc.constantFrom(0.25, 0.5, 2, 8);
    fc.assert(
      fc.property(factor, fc.integer({ min: -16, max: 16 }), (scale, lift) => {
        const plain = hills([0, 1, 2], [1, 1, 4], [3, 2, 3]);
        const changed = plain.map((row) => row.map((value) => value * scale + lift));
        const boxes = (map: number[][]) => localiseMaps(classMaps([{ logit: 0, map }]), options).map(({ box }) => box);
        expect(boxes(changed)).toEqual(boxes(plain));
      }),
    );
  });

  it('mirrors its boxes with the map', () => {
    const value = fc.integer({ min: 0, max: 9 });
    const anyMap = fc.array(fc.array(value, { minLength: 4, maxLength: 4 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(anyMap, (map) => {
        const boxes = (rows: number[][]) =>
          localiseMaps(classMaps([{ logit: 0, map: rows }]), { ...options, threshold: 0.4137 }).map(({ box }) => [
            ...box,
          ]);
        const mirrored = boxes(map.map((row) => [...row].reverse())).map(([x0, y0, x1, y1]) => [
          640 - x1!,
          y0!,
          640 - x0!,
          y1!,
        ]);
        const byPlace = (a: number[], b: number[]) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]! || a[3]! - b[3]!;
        expect(mirrored.sort(byPlace)).toEqual(boxes(map).sort(byPlace));
      }),
    );
  });

  it('keeps its boxes and peaks inside the display', () => {
    const anyMap = fc.array(fc.array(fc.float({ noNaN: true }), { minLength: 4, maxLength: 4 }), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(anyMap, fc.double({ min: 0.05, max: 0.95, noNaN: true }), (map, threshold) => {
        for (const { box, peak } of localiseMaps(classMaps([{ logit: 0, map }]), { ...options, threshold })) {
          expect(box[0] >= 0 && box[0] < box[2] && box[2] <= 640).toBe(true);
          expect(box[1] >= 0 && box[1] < box[3] && box[3] <= 480).toBe(true);
          expect(peak.x > 0 && peak.x < 640 && peak.y > 0 && peak.y < 480).toBe(true);
        }
      }),
    );
  });

  it('yields a second object of the class, but not a low or a tiny blob', () => {
    const two = (height: number) => classMaps([{ logit: 0, map: hills([0, 1, 10], [3, 1, height]) }]);
    expect(localiseMaps(two(9), options).map(({ peak }) => peak.x)).toEqual([80, 560]);
    expect(localiseMaps(two(9), { ...options, regions: 'largest' }).map(({ peak }) => peak.x)).toEqual([80]);
    expect(localiseMaps(two(6), options)).toHaveLength(1);
    const wide = classMaps([
      {
        logit: 0,
        map: [
          [9, 9, 0, 0],
          [9, 9, 0, 0],
          [9, 9, 0, 10],
        ],
      },
    ]);
    expect(localiseMaps(wide, options)).toHaveLength(1);
  });

  it('chooses classes by probability, the allowed set and the least score', () => {
    const network = classMaps([
      { logit: Math.log(0.6), map: hills([0, 0, 1]) },
      { logit: Math.log(0.3), map: hills([3, 2, 1]) },
      { logit: Math.log(0.1), map: hills([1, 1, 1]) },
    ]);
    const named = (changed: Partial<CamOptions>) =>
      localiseMaps(network, { ...options, ...changed }).map(({ classIndex }) => classIndex);
    expect(named({})).toEqual([0]);
    expect(named({ topK: 3, minScore: 0.2 })).toEqual([0, 1]);
    expect(named({ classes: [2, 1] })).toEqual([1]);
    expect(named({ classes: [] })).toEqual([]);
    expect(named({ minScore: 0.7 })).toEqual([]);
  });

  it('gives each localisation its own class first as evidence, then those without a place of their own', () => {
    const network = classMaps([
      { logit: Math.log(0.5), map: hills([0, 0, 1]) },
      { logit: Math.log(0.3), map: hills([3, 2, 1]) },
      { logit: Math.log(0.2), map: hills([1, 1, 1]) },
    ]);
    const evidence = localiseMaps(network, { ...options, topK: 2 }).map((found) =>
      found.evidence.map((e) => e.classIndex),
    );
    expect(evidence).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  it('finds nothing in a flat map or one with a hole of NaN', () => {
    expect(
      localiseMaps(
        classMaps([
          {
            logit: 0,
            map: [
              [2, 2],
              [2, 2],
            ],
          },
        ]),
        options,
      ),
    ).toEqual([]);
    expect(
      localiseMaps(
        classMaps([
          {
            logit: 0,
            map: [
              [2, Number.NaN],
              [2, 1],
            ],
          },
        ]),
        options,
      ),
    ).toEqual([]);
  });

  it.each([
    [{ topK: 0 }, 'topK must be a whole number above 0, not 0'],
    [{ topK: 1.5 }, 'topK must be a whole number above 0, not 1.5'],
    [{ minScore: 2 }, 'minScore must be between 0 and 1, not 2'],
    [{ threshold: 0 }, 'threshold must be between 0 and 1, both excluded, not 0'],
    [{ threshold: Number.NaN }, 'threshold must be between 0 and 1, both excluded, not NaN'],
    [{ grid: { width: 0, height: 5 } }, 'the grid must be whole and above 0, not 0x5'],
    [{ display: { width: -1, height: 5 } }, 'the display size must be above 0, not -1x5'],
  ])('refuses %j', (changed, message) => {
    const network = classMaps([{ logit: 0, map: [[0, 1]] }]);
    expect(() => localiseMaps(network, { ...options, ...changed })).toThrow(HeatboxError);
    expect(() => localiseMaps(network, { ...options, ...changed })).toThrow(message);
  });
});

describe('the peak', () => {
  it('is the vertex where the map is a paraboloid', () => {
    const place = fc.double({ min: 1.1, max: 3.9, noNaN: true });
    fc.assert(
      fc.property(place, place, (x, y) => {
        const rows = Array.from({ length: 5 }, (_, row) =>
          Array.from({ length: 5 }, (_, col) => -((col + 0.5 - x) ** 2) - 2 * (row + 0.5 - y) ** 2),
        );
        const peak = refinePeak(camMap(rows), Math.floor(x), Math.floor(y));
        expect(peak.x * 5).toBeCloseTo(x, 4);
        expect(peak.y * 5).toBeCloseTo(y, 4);
      }),
    );
  });

  it('is the cell centre at the border and on a plateau', () => {
    expect(refinePeak(camMap([[5, 1]]), 0, 0)).toEqual({ x: 0.25, y: 0.5 });
    expect(refinePeak(camMap([[5, 5, 5]]), 1, 0)).toEqual({ x: 0.5, y: 0.5 });
  });

  describe('with evidence of outlines', () => {
    /** What the network says of a hill at (1, 1), if an object is there this likely. */
    function seen(likely: number): ClassMaps {
      const data = Float32Array.from({ length: 12 * 12 }, (_, i) => (i % 13 === 0 ? 1 : 0));
      const outline = camMap(hills([1, 1, likely]));
      const last = { channels: 1, rows: 3, cols: 4, data: new Float32Array(12) };
      const features = { last, affinities: [{ rows: 3, cols: 4, data }], outline };
      return { ...classMaps([{ logit: 0, map: hills([1, 1, 5]) }]), features };
    }

    it('boxes an object that is likelier there than not', () => {
      expect(localiseMaps(seen(0.6), options)).toHaveLength(1);
    });

    it('boxes nothing in a scene without an object, though the classifier has an answer', () => {
      expect(localiseMaps(seen(0.4), options)).toEqual([]);
      expect(localiseMaps(seen(0.4), { ...options, regions: 'all' })).toHaveLength(1);
    });
  });
});
