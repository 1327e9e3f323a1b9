import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRegions, type Region } from '../../src/cam/regions.ts';
import type { Size } from '../../src/types.ts';

/** Flood fill, one pixel at a time. */
function flood(values: Float32Array, { width, height }: Size, threshold: number): Omit<Region, 'parent'>[] {
  const seen = new Set<number>();
  const regions: Region[] = [];
  for (let start = 0; start < values.length; start++) {
    if (seen.has(start) || !(values[start]! >= threshold)) continue;
    seen.add(start);
    const pixels = [start];
    for (const pixel of pixels) {
      const [px, py] = [pixel % width, Math.floor(pixel / width)];
      for (let y = Math.max(py - 1, 0); y <= Math.min(py + 1, height - 1); y++) {
        for (let x = Math.max(px - 1, 0); x <= Math.min(px + 1, width - 1); x++) {
          const next = y * width + x;
          if (seen.has(next) || !(values[next]! >= threshold)) continue;
          seen.add(next);
          pixels.push(next);
        }
      }
    }
    const xs = pixels.map((pixel) => pixel % width);
    const ys = pixels.map((pixel) => Math.floor(pixel / width));
    const value = Math.max(...pixels.map((pixel) => values[pixel]!));
    const top = Math.min(...pixels.filter((pixel) => values[pixel] === value));
    regions.push({
      x0: Math.min(...xs),
      y0: Math.min(...ys),
      x1: Math.max(...xs) + 1,
      y1: Math.max(...ys) + 1,
      area: pixels.length,
      peak: { value, x: top % width, y: Math.floor(top / width) },
    });
  }
  return regions;
}

const grid = fc
  .record({ width: fc.integer({ min: 1, max: 14 }), height: fc.integer({ min: 1, max: 14 }) })
  .chain((size) =>
    fc
      .array(fc.constantFrom(0, 0.25, 0.5, 0.75, 1, Number.NaN), {
        minLength: size.width * size.height,
        maxLength: size.width * size.height,
      })
      .map((values) => ({ size, values: Float32Array.from(values) })),
  );

const place = (region: Region) => (region.peak.y * 100 + region.peak.x) * 1000 + region.area;
const inPlace = (regions: readonly Region[]) => [...regions].sort((a, b) => place(a) - place(b));

describe('regions', () => {
  it('are those of a flood fill, with their boxes, areas and peaks', () => {
    fc.assert(
      fc.property(grid, fc.constantFrom(0.25, 0.5, 0.75), ({ size, values }, threshold) => {
        expect(inPlace(findRegions(values, size, threshold))).toEqual(inPlace(flood(values, size, threshold)));
      }),
      { numRuns: 500 },
    );
  });

  it('come largest first', () => {
    fc.assert(
      fc.property(grid, ({ size, values }) => {
        const areas = findRegions(values, size, 0.5).map(({ area }) => area);
        expect(areas).toEqual([...areas].sort((a, b) => b - a));
      }),
    );
  });

  it('connect over a corner, and around a bend that closes below', () => {
    const picture = ['#.#.#', '#.#..', '.#..#', '#...#'];
    const values = Float32Array.from([...picture.join('')], (pixel) => (pixel === '#' ? 1 : 0));
    const regions = findRegions(values, { width: 5, height: 4 }, 0.5);
    expect(regions.map(({ x0, y0, x1, y1, area }) => [x0, y0, x1, y1, area])).toEqual([
      [0, 0, 3, 4, 6],
      [4, 2, 5, 4, 2],
      [4, 0, 5, 1, 1],
    ]);
  });

  it('are none below the threshold, and one of all pixels above it', () => {
    expect(findRegions(new Float32Array(6), { width: 3, height: 2 }, 0.5)).toEqual([]);
    const [all, ...others] = findRegions(new Float32Array(6).fill(1), { width: 3, height: 2 }, 0.5);
    expect(others).toEqual([]);
    expect(all).toMatchObject({ x0: 0, y0: 0, x1: 3, y1: 2, area: 6, peak: { x: 0, y: 0, value: 1 } });
  });
});
