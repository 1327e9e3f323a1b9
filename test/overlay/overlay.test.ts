import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toYuv } from '../../src/overlay/colour.ts';
import { drawOverlay, type OverlayTrack } from '../../src/overlay/overlay.ts';
import { trackColour } from '../../src/overlay/palette.ts';
import type { Box } from '../../src/types.ts';
import { FORMATS, type Format, makePicture, type TestPicture, texture } from './pictures.ts';

const bird: OverlayTrack = {
  id: 1,
  label: 'cockatoo',
  score: 0.97,
  box: [60, 50, 180, 140],
  state: 'confirmed',
};

const draw = (tracks: readonly Partial<OverlayTrack>[], format: Format = 'yuv444p', width = 240, height = 180) => {
  const picture = makePicture(format, width, height, () => 90);
  drawOverlay(picture, { tracks: tracks.map((track) => ({ ...bird, ...track })) });
  return picture;
};
const all = (picture: TestPicture) => (picture.format === 'gray' ? [0] : [0, 1, 2]).map((i) => picture.codes(i));
const isUntouched = (picture: TestPicture) => all(picture).every((codes) => codes.every((code) => code === codes[0]));

/** How many of the pixels of a row or a column between two ends have exactly the track's colour. */
function coloured(picture: TestPicture, id: number, from: [number, number], to: [number, number]): number {
  const colour = toYuv(trackColour(id, ''), picture);
  const steps = Math.max(to[0] - from[0], to[1] - from[1]);
  let count = 0;
  for (let i = 0; i < steps; i++) {
    const x = from[0] + (to[0] > from[0] ? i : 0);
    const y = from[1] + (to[1] > from[1] ? i : 0);
    if ([0, 1, 2].every((component) => picture.read(component, x, y) === colour[component])) count++;
  }
  return count;
}

describe('drawing an overlay', () => {
  it('outlines the box in the colour of its track and leaves its inside', () => {
    const picture = draw([{}]);
    expect(coloured(picture, 1, [60, 90], [60, 110])).toBe(20);
    expect(coloured(picture, 1, [110, 139], [130, 139])).toBe(20);
    expect(picture.read(0, 120, 110)).toBe(90);
    expect(picture.read(0, 20, 110)).toBe(90);
  });

  it('draws measured and predicted boxes alike', () => {
    const [measured, predicted] = [true, false].map((measured) => draw([{ measured } as Partial<OverlayTrack>]));
    expect(coloured(predicted!, 1, [60, 60], [60, 130])).toBe(70);
    expect(all(predicted!)).toEqual(all(measured!));
  });

  it('brackets the corners of a confirmed track only', () => {
    const beside = (state: OverlayTrack['state']) => coloured(draw([{ state }]), 1, [61, 134], [61, 138]);
    expect(beside('confirmed')).toBe(4);
    expect(beside('tentative')).toBe(0);
  });

  it('draws a lost track fainter and an ended one not at all', () => {
    expect(coloured(draw([{ state: 'lost' }]), 1, [60, 90], [60, 110])).toBe(0);
    expect(isUntouched(draw([{ state: 'lost' }]))).toBe(false);
    expect(isUntouched(draw([{ state: 'ended' }]))).toBe(true);
  });

  it('keeps four sides for a box that leaves the picture', () => {
    const picture = draw([{ box: [-100, -100, 1000, 1000] }]);
    expect(coloured(picture, 1, [0, 60], [0, 120])).toBe(60);
    expect(coloured(picture, 1, [239, 60], [239, 120])).toBe(60);
    expect(coloured(picture, 1, [100, 179], [140, 179])).toBe(40);
  });

  it('draws the trail from past centres to the last one, fading into the past', () => {
    const trail = Array.from({ length: 30 }, (_, i) => ({ x: 70 + 3 * i, y: 100.5 }));
    const picture = draw([{ trail }]);
    const change = (x: number) => Math.abs(picture.read(0, x, 100) - 90);
    expect(change(155)).toBeGreaterThan(change(110));
    expect(change(110)).toBeGreaterThan(change(80));
    expect(picture.read(0, 110, 110)).toBe(90);
  });

  it.each<[string, Box]>([
    ['not a number', [Number.NaN, 10, 100, 100]],
    ['all of it not a number', [Number.NaN, Number.NaN, Number.NaN, Number.NaN]],
    ['empty', [50, 50, 50, 90]],
    ['inside out', [90, 90, 50, 50]],
    ['left of the picture', [-90, 10, -20, 90]],
    ['below the picture', [10, 190, 90, 300]],
    ['infinitely far', [Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY, 90]],
  ])('leaves out a box that is %s', (_, box) => {
    expect(isUntouched(draw([{ box }]))).toBe(true);
  });

  it('cuts an endless box to the picture', () => {
    const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    expect(all(draw([{ box: [low, low, high, high] }]))).toEqual(all(draw([{ box: [0, 0, 240, 180] }])));
  });

  it('draws the same whatever the order of the tracks', () => {
    const tracks: Partial<OverlayTrack>[] = [
      { id: 1 },
      { id: 2, box: [70, 55, 190, 150] },
      { id: 3, box: [50, 45, 170, 130] },
    ];
    expect(all(draw(tracks))).toEqual(all(draw([...tracks].reverse())));
  });

  it('draws the same into planar and interleaved chroma', () => {
    for (const [planar, interleaved] of [
      ['yuv420p', 'nv12'],
      ['yuv420p10le', 'p010le'],
    ] as const) {
      expect(all(draw([{}], interleaved, 239, 179))).toEqual(all(draw([{}], planar, 239, 179)));
    }
  });

  it('draws the same in 10 bit as in 8, within rounding', () => {
    const trail = Array.from({ length: 20 }, (_, i) => ({ x: 70 + 3 * i, y: 70 + i * i * 0.1 }));
    const [eight, ten] = [all(draw([{ trail }], 'yuv420p')), all(draw([{ trail }], 'yuv420p10le'))];
    eight.forEach((codes, component) => {
      const differences = codes.map((code, i) => Math.abs(ten[component]![i]! / 4 - code));
      expect(differences.reduce((most, one) => Math.max(most, one))).toBeLessThanOrEqual(1.5);
    });
  });

  it('leaves the low bits of p010 empty', () => {
    const picture = makePicture('p010le', 240, 180, texture, {}, 0);
    const map = { rows: 2, cols: 2, data: Float32Array.from([0, 1, 2, 3]) };
    drawOverlay(picture, { tracks: [bird], heatmap: { map, opacity: 0.5 } });
    for (const { data } of picture.planes) {
      const words = new Uint16Array(data.buffer, data.byteOffset, data.length >> 1);
      expect(words.filter((word) => (word & 63) !== 0)).toHaveLength(0);
    }
  });

  it('shows readable sizes from 160 pixels to 4K', () => {
    const chipHeight = (width: number, height: number) => {
      const box: Box = [0.3 * width, 0.4 * height, 0.8 * width, 0.9 * height];
      const picture = draw([{ box }], 'gray', width, height);
      const column = Math.round(0.3 * width + 0.01 * width + 2);
      let rows = 0;
      for (let y = 0; y < 0.4 * height; y++) if (picture.read(0, column, y) !== 90) rows++;
      return rows;
    };
    expect(chipHeight(160, 90)).toBeGreaterThanOrEqual(12);
    expect(chipHeight(1920, 1080) / 1080).toBeCloseTo(0.042, 2);
    expect(chipHeight(3840, 2160) / 2160).toBeCloseTo(0.04, 2);
  });

  it('never writes outside the rows of any picture, whatever the tracks', () => {
    const wild = fc.oneof(
      fc.integer({ min: -60, max: 260 }),
      fc.double(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30),
    );
    const track: fc.Arbitrary<OverlayTrack> = fc.record({
      id: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
      label: fc.oneof(fc.constantFrom('cockatoo', '', 'Ωμέγα'), fc.string({ unit: 'binary', maxLength: 12 })),
      score: fc.oneof(fc.double({ min: 0, max: 1 }), fc.constant(Number.NaN)),
      box: fc.tuple(wild, wild, wild, wild),
      trail: fc.array(fc.record({ x: wild, y: wild }), { maxLength: 12 }),
      measured: fc.boolean(),
      state: fc.constantFrom('tentative', 'confirmed', 'lost', 'ended'),
    });
    const map = { rows: 2, cols: 2, data: Float32Array.from([0, 1, 2, 3]) };
    fc.assert(
      fc.property(
        fc.constantFrom(...FORMATS),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: 9 }),
        fc.array(track, { maxLength: 4 }),
        (format, width, height, padding, tracks) => {
          const picture = makePicture(format, width, height, texture, {}, padding);
          drawOverlay(picture, { tracks, heatmap: { map, opacity: 0.5 } });
          expect(picture.strayBytes()).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  }, 20_000);
});
