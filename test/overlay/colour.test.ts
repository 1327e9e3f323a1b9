import { describe, expect, it } from 'vitest';
import { luminance, type Rgb, toYuv } from '../../src/overlay/colour.ts';
import type { ColourSpace } from '../../src/overlay/picture.ts';

const RED: Rgb = [255, 0, 0];
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

describe('sRGB colours as code values', () => {
  const sdr: ColourSpace = { matrix: 'bt709', range: 'tv', bitDepth: 8 };

  it.each<[string, Rgb, Partial<ColourSpace>, number[]]>([
    ['red in BT.709', RED, {}, [63, 102, 240]],
    ['red in BT.601', RED, { matrix: 'bt601' }, [81, 90, 240]],
    ['red in BT.709, full range', RED, { range: 'pc' }, [54, 99, 255]],
    ['red in BT.709, 10 bit', RED, { bitDepth: 10 }, [250, 409, 960]],
    ['white', WHITE, {}, [235, 128, 128]],
    ['white, full range', WHITE, { range: 'pc' }, [255, 128, 128]],
    ['white, 10 bit', WHITE, { bitDepth: 10 }, [940, 512, 512]],
    ['black', BLACK, {}, [16, 128, 128]],
    ['black, full range, 10 bit', BLACK, { range: 'pc', bitDepth: 10 }, [0, 512, 512]],
    ['white in BT.2020 SDR', WHITE, { matrix: 'bt2020' }, [235, 128, 128]],
  ])('%s', (_, colour, space, codes) => {
    expect(toYuv(colour, { ...sdr, ...space })).toEqual(codes);
  });

  it('places white at 203 cd/m² in PQ and HLG (ITU-R BT.2408: 58 % and 75 % of the range), without a tint', () => {
    const hdr: ColourSpace = { matrix: 'bt2020', range: 'tv', bitDepth: 10 };
    expect(toYuv(WHITE, { ...hdr, transfer: 'pq' })).toEqual([573, 512, 512]);
    expect(toYuv(WHITE, { ...hdr, transfer: 'hlg' })).toEqual([721, 512, 512]);
    expect(toYuv(BLACK, { ...hdr, transfer: 'pq' })).toEqual([64, 512, 512]);
    expect(toYuv(BLACK, { ...hdr, transfer: 'hlg' })).toEqual([64, 512, 512]);
  });

  it('keeps a saturated colour less saturated in the wider primaries of BT.2020', () => {
    const narrow = toYuv(RED, { ...sdr, bitDepth: 10 });
    const wide = toYuv(RED, { ...sdr, bitDepth: 10, matrix: 'bt2020' });
    expect(wide[2]).toBeLessThan(narrow[2]);
    expect(wide[2]).toBeGreaterThan(512);
  });

  it('knows the relative luminance of WCAG', () => {
    expect(luminance(WHITE)).toBeCloseTo(1, 6);
    expect(luminance(RED)).toBeCloseTo(0.2126, 6);
    expect(luminance(BLACK)).toBe(0);
  });
});
