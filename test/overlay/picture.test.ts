import { describe, expect, it } from 'vitest';
import { openSurface, type Picture } from '../../src/overlay/picture.ts';
import { FORMATS, makePicture } from './pictures.ts';

describe('opening a picture for drawing', () => {
  it.each(FORMATS)('takes %s of odd size with padded rows', (format) => {
    const surface = openSurface(makePicture(format, 33, 17));
    expect(surface.luma).toMatchObject({ width: 33, height: 17 });
    expect(surface.chroma).toHaveLength(format === 'gray' ? 0 : 2);
  });

  const good = makePicture('yuv420p', 32, 18);
  const luma = good.planes[0]!;
  it.each<[string, Partial<Picture>]>([
    ['no width', { width: 0 }],
    ['a fractional height', { height: 17.5 }],
    ['a width beyond its rows', { width: 64 }],
    ['a height beyond its plane', { height: 19 }],
    ['a stride below its width', { planes: [{ ...luma, stride: 31 }, ...good.planes.slice(1)] }],
    ['rows from the bottom up', { planes: [{ ...luma, stride: -38 }, ...good.planes.slice(1)] }],
    ['a plane missing', { planes: good.planes.slice(0, 2) }],
    ['7 bits', { bitDepth: 7 }],
    ['two bytes a sample in planes of one', { bitDepth: 10 }],
    ['a shift no format has', { chromaShiftX: 3 }],
  ])('refuses %s', (_, change) => {
    expect(() => openSurface({ ...good, ...change })).toThrow(expect.objectContaining({ code: 'BAD_PICTURE' }));
  });

  it('refuses 16-bit samples at an odd address', () => {
    const picture = makePicture('yuv420p10le', 8, 8);
    const { stride } = picture.planes[0]!;
    const odd = new Uint8Array(stride * 8 + 1).subarray(1);
    expect(() => openSurface({ ...picture, planes: [{ data: odd, stride }, ...picture.planes.slice(1)] })).toThrow(
      /odd/,
    );
  });
});
