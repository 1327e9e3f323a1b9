import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toYuv } from '../../../src/overlay/colour.ts';
import { heatColour } from '../../../src/overlay/heat/heat-colours.ts';
import { drawHeatMap } from '../../../src/overlay/heat/heatmap.ts';
import { openSurface } from '../../../src/overlay/picture.ts';
import type { CamMap } from '../../../src/types.ts';
import { FORMATS, makePicture, type TestPicture, texture } from '../pictures.ts';

const mapOf = (rows: number, cols: number, values: number[]): CamMap => ({
  rows,
  cols,
  data: Float32Array.from(values),
});
const all = (picture: TestPicture) => (picture.format === 'gray' ? [0] : [0, 1, 2]).map((i) => picture.codes(i));

describe('the heat map', () => {
  it.each(FORMATS)(
    'is the map upsampled with half-pixel centres, coloured, more opaque where hotter (%s)',
    (format) => {
      const map = mapOf(3, 4, [0, 1, 4, 2, 3, 9, 12, 5, -2, 2, 6, 1]);
      const picture = makePicture(format, 37, 23, texture);
      const before = all(picture);
      drawHeatMap(openSurface(picture), { map, opacity: 0.6 });
      all(picture).forEach((codes, component) => {
        const { width } = picture.componentSize(component);
        const [scaleX, scaleY] = component === 0 ? [1, 1] : [1 << picture.chromaShiftX, 1 << picture.chromaShiftY];
        codes.forEach((code, i) => {
          const x = ((i % width) + 0.5) * scaleX;
          const y = (Math.floor(i / width) + 0.5) * scaleY;
          const heat = (sample(map, x / 37, y / 23) + 2) / 14;
          const t = Math.max(0, Math.min(1, (heat - 0.2) / 0.5));
          const alpha = 0.6 * t * t * (3 - 2 * t);
          const expected = before[component]![i]! * (1 - alpha) + toYuv(heatColour(heat), picture)[component]! * alpha;
          expect(Math.abs(code - expected)).toBeLessThan(2.5 * 2 ** (picture.bitDepth - 8));
        });
      });
      expect(picture.strayBytes()).toBe(0);
    },
  );

  it('leaves cold places as they were, and everything at opacity 0', () => {
    const map = mapOf(1, 8, [0, 0, 0, 0, 0, 0, 0, 1]);
    const picture = makePicture('yuv420p', 80, 10, texture);
    const before = all(picture);
    drawHeatMap(openSurface(picture), { map, opacity: 0 });
    expect(all(picture)).toEqual(before);
    drawHeatMap(openSurface(picture), { map, opacity: 1 });
    const cold = (codes: number[], width: number) => codes.filter((_, i) => (i % width) / width < 0.8);
    expect(cold(all(picture)[0]!, 80)).toEqual(cold(before[0]!, 80));
    expect(all(picture)[0]).not.toEqual(before[0]);
  });

  it('covers the hottest cell with its colour at opacity 1', () => {
    const picture = makePicture('yuv444p', 9, 9, texture);
    drawHeatMap(openSurface(picture), { map: mapOf(3, 3, [0, 0, 0, 0, 5, 0, 0, 0, 0]), opacity: 1 });
    expect([0, 1, 2].map((i) => picture.read(i, 4, 4))).toEqual([...toYuv(heatColour(1), picture)]);
  });

  it.each<[string, CamMap]>([
    ['a flat map', mapOf(2, 2, [3, 3, 3, 3])],
    ['a map flat but for noise', mapOf(1, 2, [1000, 1000.0001])],
    ['a map without a number', mapOf(1, 2, [Number.NaN, Number.NaN])],
    ['a map shorter than its size', mapOf(3, 3, [1, 2])],
    ['an empty map', mapOf(0, 0, [])],
  ])('draws nothing of %s', (_, map) => {
    const picture = makePicture('yuv420p', 20, 20, texture);
    const before = all(picture);
    drawHeatMap(openSurface(picture), { map, opacity: 1 });
    expect(all(picture)).toEqual(before);
  });

  it('takes any map and picture without a stray byte or a value out of range', () => {
    const values = fc.oneof(
      fc.float(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    );
    const sizes = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...FORMATS),
        sizes,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.array(values, { minLength: 144, maxLength: 144 }),
        (format, [width, height], rows, cols, data) => {
          const picture = makePicture(format, width, height, texture);
          drawHeatMap(openSurface(picture), { map: mapOf(rows, cols, data), opacity: 0.8 });
          expect(picture.strayBytes()).toBe(0);
          for (const codes of all(picture)) expect(Math.max(...codes)).toBeLessThan(2 ** picture.bitDepth);
        },
      ),
    );
  });
});

/** Bilinear, cell centres at (c + 0.5) / cols; x and y from 0 to 1. */
function sample({ rows, cols, data }: CamMap, x: number, y: number): number {
  const column = Math.max(0, Math.min(cols - 1, x * cols - 0.5));
  const row = Math.max(0, Math.min(rows - 1, y * rows - 0.5));
  const [c, r] = [Math.floor(column), Math.floor(row)];
  const cell = (i: number, j: number) => data[Math.min(rows - 1, i) * cols + Math.min(cols - 1, j)]!;
  const upper = cell(r, c) * (1 - column + c) + cell(r, c + 1) * (column - c);
  const lower = cell(r + 1, c) * (1 - column + c) + cell(r + 1, c + 1) * (column - c);
  return upper * (1 - row + r) + lower * (row - r);
}
