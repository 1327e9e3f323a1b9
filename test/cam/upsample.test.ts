import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { upsample } from '../../src/cam/upsample.ts';
import type { CamMap, Size } from '../../src/types.ts';
import { camMap } from './maps.ts';

/** The textbook formula, pixel by pixel. */
function bilinear(map: CamMap, size: Size): number[] {
  const cell = (row: number, col: number) =>
    map.data[Math.min(Math.max(row, 0), map.rows - 1) * map.cols + Math.min(Math.max(col, 0), map.cols - 1)]!;
  return Array.from({ length: size.width * size.height }, (_, pixel) => {
    const u = (((pixel % size.width) + 0.5) / size.width) * map.cols - 0.5;
    const v = ((Math.floor(pixel / size.width) + 0.5) / size.height) * map.rows - 0.5;
    const [col, row] = [Math.floor(u), Math.floor(v)];
    const [a, b] = [u - col, v - row];
    return (
      cell(row, col) * (1 - a) * (1 - b) +
      cell(row, col + 1) * a * (1 - b) +
      cell(row + 1, col) * (1 - a) * b +
      cell(row + 1, col + 1) * a * b
    );
  });
}

const anyMap = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([rows, cols]) =>
    fc
      .array(fc.integer({ min: -9, max: 9 }), { minLength: rows * cols, maxLength: rows * cols })
      .map((values): CamMap => ({ rows, cols, data: Float32Array.from(values) })),
  );
const anySize = fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) });

describe('upsampling', () => {
  it('is bilinear between cell centres, larger or smaller', () => {
    fc.assert(
      fc.property(anyMap, anySize, (map, size) => {
        const expected = bilinear(map, size);
        upsample(map, size).forEach((value, pixel) => {
          expect(value).toBeCloseTo(expected[pixel]!, 4);
        });
      }),
    );
  });

  it('may leave out what is below a value, and nothing else', () => {
    fc.assert(
      fc.property(anyMap, anySize, fc.integer({ min: -10, max: 10 }), (map, size, least) => {
        const whole = upsample(map, size);
        const some = upsample(map, size, new Float32Array(whole.length).fill(Number.NaN), least);
        some.forEach((value, pixel) => {
          if (whole[pixel]! >= least) expect(value).toBe(whole[pixel]);
          else expect(value).toBeLessThan(least);
        });
      }),
    );
  });

  it('keeps a cell centre where it is: half a cell from the border', () => {
    const pixels = upsample(camMap([[0, 1]]), { width: 8, height: 1 });
    expect([...pixels]).toEqual([0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1]);
  });

  it('reproduces a plane exactly between the outer cell centres', () => {
    const plane = (x: number, y: number) => 3 * x - 2 * y;
    const rows = Array.from({ length: 4 }, (_, row) =>
      Array.from({ length: 5 }, (_, col) => plane((col + 0.5) / 5, (row + 0.5) / 4)),
    );
    const pixels = upsample(camMap(rows), { width: 50, height: 40 });
    for (let y = 5; y < 35; y++) {
      for (let x = 5; x < 45; x++) {
        expect(pixels[y * 50 + x]).toBeCloseTo(plane((x + 0.5) / 50, (y + 0.5) / 40), 5);
      }
    }
  });

  it('overwrites all of the buffer it is given', () => {
    const map = camMap([
      [1, 2],
      [3, 4],
    ]);
    const dirty = new Float32Array(35).fill(Number.NaN);
    expect(upsample(map, { width: 7, height: 5 }, dirty)).toBe(dirty);
    expect(dirty).toEqual(upsample(map, { width: 7, height: 5 }));
  });
});
