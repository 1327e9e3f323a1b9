import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawOverlay } from '../../src/overlay/index.ts';
import type { Picture } from '../../src/overlay/picture.ts';
import type { Box } from '../../src/types.ts';
import { seeded } from '../model/random-weights.ts';
import { FORMATS, type Format, makePicture, type TestPicture } from './pictures.ts';

/** A picture of noise. */
function noise(format: Format, width: number, height: number): TestPicture {
  const random = seeded(1);
  return makePicture(format, width, height, () => Math.floor(256 * random()));
}

function blur(picture: Picture, box: Box): void {
  drawOverlay(picture, { blur: true, tracks: [{ id: 1, label: 'face', score: 1, box, state: 'confirmed' }] });
}

/** Luma as rows of numbers. */
function luma({ codes, width, height }: TestPicture): number[][] {
  const all = codes(0);
  return Array.from({ length: height }, (_, y) => all.slice(y * width, (y + 1) * width));
}

/** Mean square of the differences of neighbours. */
function detail(rows: number[][]): number {
  const squares = rows.flatMap((row) => row.slice(1).map((value, x) => (value - row[x]!) ** 2));
  return squares.reduce((sum, value) => sum + value, 0) / squares.length;
}

describe.each(FORMATS)('what is hidden in %s', (format) => {
  it('cannot be made out any more', () => {
    const picture = noise(format, 97, 61);
    const before = detail(luma(picture));
    blur(picture, [10, 8, 90, 55]);
    const inside = luma(picture)
      .slice(8, 55)
      .map((row) => row.slice(10, 90));
    expect(detail(inside)).toBeLessThan(before / 100);
  });

  it('is in the box, and nothing beside it is touched', () => {
    const side = fc.double({ min: -20, max: 60, noNaN: true });
    fc.assert(
      fc.property(
        side,
        side,
        fc.double({ min: 0, max: 70, noNaN: true }),
        fc.double({ min: 0, max: 70, noNaN: true }),
        (x, y, w, h) => {
          const [picture, same] = [noise(format, 41, 31), noise(format, 41, 31)];
          blur(picture, [x, y, x + w, y + h]);
          const [now, was] = [luma(picture), luma(same)];
          for (const [row, values] of now.entries())
            for (const [column, value] of values.entries()) {
              const isIn =
                column >= Math.floor(x) && column < Math.ceil(x + w) && row >= Math.floor(y) && row < Math.ceil(y + h);
              if (!isIn) expect(value).toBe(was[row]![column]);
            }
          expect(picture.strayBytes()).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });
});

it('leaves a picture alone whose box is out of sight, no number, or of an ended track', () => {
  const [picture, same] = [noise('yuv420p', 40, 30), noise('yuv420p', 40, 30)];
  blur(picture, [50, 50, 60, 60]);
  blur(picture, [Number.NaN, 0, 10, 10]);
  drawOverlay(picture, { blur: true, tracks: [{ label: 'face', score: 1, box: [0, 0, 40, 30], state: 'ended' }] });
  expect(picture.planes).toEqual(same.planes);
  expect(picture.strayBytes()).toBe(0);
});
