import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Rgb, toYuv } from '../../src/overlay/colour.ts';
import { type Area, paint } from '../../src/overlay/paint.ts';
import { openSurface } from '../../src/overlay/picture.ts';
import { paintRectangle, paintRounded } from '../../src/overlay/rectangle.ts';
import { FORMATS, makePicture, texture } from './pictures.ts';

const RED: Rgb = [255, 0, 0];
const formats = fc.constantFrom(...FORMATS);
const coordinates = fc.integer({ min: -20, max: 60 });
const areas: fc.Arbitrary<Area> = fc
  .tuple(coordinates, coordinates, fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }))
  .map(([left, top, width, height]) => ({ left, top, right: left + width, bottom: top + height }));
const sizes = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));

/** What `paint` calls full coverage inside an area. */
const solid = (area: Area) => (y: number, left: number, right: number, out: Uint8Array) => {
  if (y < area.top || y >= area.bottom) return;
  const from = Math.max(left, area.left);
  const to = Math.min(right, area.right);
  if (from < to) out.fill(255, from - left, to - left);
};

describe('painting', () => {
  it('fills a rectangle of red in BT.709 with its code values and leaves the rest', () => {
    const picture = makePicture('yuv420p', 16, 12, () => 100);
    const surface = openSurface(picture);
    paintRectangle(surface, { left: 4, top: 2, right: 10, bottom: 8 }, toYuv(RED, picture));
    for (const [component, code] of [63, 102, 240].entries()) {
      const scale = component === 0 ? 1 : 2;
      picture.codes(component).forEach((value, i) => {
        const { width } = picture.componentSize(component);
        const [x, y] = [(i % width) * scale, Math.floor(i / width) * scale];
        expect(value).toBe(x >= 4 && x < 10 && y >= 2 && y < 8 ? code : 100);
      });
    }
  });

  it('gives a chroma sample the colour by the part of its pixels that are covered', () => {
    const picture = makePicture('yuv420p', 8, 8, () => 100);
    paintRectangle(openSurface(picture), { left: 1, top: 1, right: 8, bottom: 8 }, [200, 200, 200]);
    expect(picture.read(0, 0, 0)).toBe(100);
    expect(picture.read(0, 1, 1)).toBe(200);
    expect([picture.read(1, 0, 0), picture.read(1, 1, 0), picture.read(1, 1, 1)]).toEqual([125, 150, 200]);
  });

  it('counts only the pixels that exist at the odd edge of a picture', () => {
    const picture = makePicture('yuv420p', 5, 3, () => 100);
    paintRectangle(openSurface(picture), { left: 4, top: 2, right: 5, bottom: 3 }, [200, 200, 200]);
    expect(picture.read(1, 2, 1)).toBe(200);
    expect(picture.read(1, 1, 1)).toBe(100);
  });

  it.each(FORMATS)('changes nothing at opacity 0 and leaves nothing of the old at opacity 1 (%s)', (format) => {
    const picture = makePicture(format, 13, 9, texture);
    const surface = openSurface(picture);
    const all = { left: 0, top: 0, right: 13, bottom: 9 };
    const components = surface.chroma.length + 1;
    const before = Array.from({ length: components }, (_, i) => picture.codes(i));
    paint(surface, all, solid(all), [11, 22, 33], 0);
    paintRectangle(surface, all, [11, 22, 33], 0);
    expect(Array.from({ length: components }, (_, i) => picture.codes(i))).toEqual(before);
    paint(surface, all, solid(all), [11, 22, 33], 1);
    for (let i = 0; i < components; i++) expect(new Set(picture.codes(i))).toEqual(new Set([11 * (i + 1)]));
  });

  it('paints a rectangle as its coverage says, at any place, size, opacity and format', () => {
    fc.assert(
      fc.property(
        formats,
        sizes,
        areas,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (format, [w, h], area, opacity) => {
          const [byCoverage, direct] = [makePicture(format, w, h, texture), makePicture(format, w, h, texture)];
          paint(openSurface(byCoverage), area, solid(area), [200, 30, 220], opacity);
          paintRectangle(openSurface(direct), area, [200, 30, 220], opacity);
          for (let i = 0; i < (format === 'gray' ? 1 : 3); i++) expect(direct.codes(i)).toEqual(byCoverage.codes(i));
          expect(direct.strayBytes() + byCoverage.strayBytes()).toBe(0);
        },
      ),
    );
  });

  it('rounds the corners asked for and keeps the others square', () => {
    const picture = makePicture('gray', 20, 20, () => 0);
    const area = { left: 0, top: 0, right: 20, bottom: 20 };
    paintRounded(openSurface(picture), area, { upper: 6, lower: 0 }, [200, 0, 0]);
    expect([picture.read(0, 0, 0), picture.read(0, 19, 0)]).toEqual([0, 0]);
    expect([picture.read(0, 0, 19), picture.read(0, 19, 19), picture.read(0, 10, 0)]).toEqual([200, 200, 200]);
    const ink = picture.codes(0).reduce((sum, code) => sum + code / 200, 0);
    expect(ink).toBeCloseTo(400 - 2 * 36 * (1 - Math.PI / 4), 0);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e12])('survives an area with %s in it', (value) => {
    const picture = makePicture('yuv420p', 9, 9);
    const surface = openSurface(picture);
    for (const area of [
      { left: value, top: 0, right: 9, bottom: 9 },
      { left: -value, top: -value, right: value, bottom: value },
    ]) {
      paint(surface, area, solid(area), [1, 2, 3]);
      paintRectangle(surface, area, [1, 2, 3]);
    }
    expect(picture.strayBytes()).toBe(0);
  });
});
