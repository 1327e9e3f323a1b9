import { createCanvas } from '@napi-rs/canvas';
import { describe, expect, test } from 'vitest';
import { drawOverlay } from '../../src/overlay/overlay.ts';
import { trackColour } from '../../src/overlay/palette.ts';
import type { WireTrack } from '../../src/protocol/events.ts';
import { makePicture } from '../overlay/pictures.ts';

/** By a name that the compiler does not follow: the module has the browser's types. */
const boxes: string = '../../web-viewer/src/draw/boxes.ts';
const { drawBoxes } = await import(boxes);

const SIZE = { width: 240, height: 180 };
const BOX = [60, 50, 180, 140] as const;
const TRACK = {
  ...{ id: 1, label: 'cockatoo', score: 0.97, box: BOX, boxNorm: [60 / 240, 50 / 180, 180 / 240, 140 / 180] },
  ...{ state: 'confirmed', measured: true, peak: [120, 90] },
} as unknown as WireTrack;

/** RGBA of boxes on grey, as the page draws them. */
function pixels(track: Partial<WireTrack>, options: { readonly isHeld?: boolean } = {}): Buffer {
  const context = createCanvas(SIZE.width, SIZE.height).getContext('2d');
  context.fillStyle = '#404040';
  context.fillRect(0, 0, SIZE.width, SIZE.height);
  const all = { labels: false, scores: false, ids: false, selected: undefined, isHeld: false, ...options };
  drawBoxes(context, [{ ...TRACK, ...track }], { x: 0, y: 0, ...SIZE }, { font: 10, stroke: 2 }, all);
  return Buffer.from(context.getImageData(0, 0, SIZE.width, SIZE.height).data);
}

/** The colours along the left side of the box, below and above its corners, one for each row. */
function leftSide(data: Buffer): string[] {
  return Array.from({ length: 50 }, (_, row) => {
    const at = 4 * ((70 + row) * SIZE.width + BOX[0]);
    return data.subarray(at, at + 3).join();
  });
}

describe('boxes on the page', () => {
  test('are alike whether measured or predicted, and never dashed, as in annotated files and JPEGs', () => {
    const [measured, predicted] = [true, false].map((measured) => pixels({ measured }));
    expect(Buffer.compare(predicted!, measured!)).toBe(0);
    expect(leftSide(measured!).every((colour) => colour === trackColour(1, 'cockatoo').join())).toBe(true);
    // A file's or a JPEG's pixels: every row of the same side has one colour too.
    for (const measured of [true, false]) {
      const picture = makePicture('yuv444p', SIZE.width, SIZE.height, () => 90);
      drawOverlay(picture, { tracks: [{ ...TRACK, measured }] as never });
      const rows = Array.from({ length: 50 }, (_, row) =>
        [0, 1, 2].map((i) => picture.read(i, BOX[0], 70 + row)).join(),
      );
      expect(new Set(rows).size).toBe(1);
    }
  });

  test('of a frame before are dimmed, and as solid', () => {
    const held = leftSide(pixels({}, { isHeld: true }));
    expect(new Set(held).size).toBe(1);
    expect(held[0]).not.toBe(trackColour(1, 'cockatoo').join());
    expect(held[0]).not.toBe('64,64,64');
  });
});
