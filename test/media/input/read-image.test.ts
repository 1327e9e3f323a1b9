import { writeFileSync } from 'node:fs';
import { createCanvas } from '@napi-rs/canvas';
import { afterAll, describe, expect, it } from 'vitest';
import { readImage } from '../../../src/media/input/read-image.ts';
import { scratch } from '../../support/heatbox.ts';

const space = scratch();
afterAll(() => space.remove());

/** A PNG with one grey level a pixel. */
function picture(side: number, level: (x: number, y: number) => number): string {
  const canvas = createCanvas(side, side);
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(side, side);
  for (let at = 0; at < side * side; at++) {
    pixels.data.fill(level(at % side, Math.floor(at / side)), at * 4, at * 4 + 3);
    pixels.data[at * 4 + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  const path = space.path(`${side}.png`);
  writeFileSync(path, canvas.toBuffer('image/png'));
  return path;
}

describe('a still image', () => {
  it.each([448, 900, 2048])('of fine checks, %i pixels wide, is grey when it is small', async (side) => {
    const image = await readImage(picture(side, (x, y) => ((x + y) % 2) * 255));
    const { data } = image.input({ width: 224, height: 224 });
    const off = data.reduce((most, value) => Math.max(most, Math.abs(value - 127.5)), 0);
    expect(off).toBeLessThan(45);
  });

  it('keeps its corners where they are', async () => {
    const image = await readImage(picture(600, (x, y) => (x < 300 ? 0 : 200) + (y < 300 ? 0 : 50)));
    expect(image.display).toEqual({ width: 600, height: 600 });
    const { data } = image.input({ width: 96, height: 64 });
    const at = (x: number, y: number) => [...data.subarray((y * 96 + x) * 3, (y * 96 + x) * 3 + 3)];
    expect([at(0, 0), at(95, 0), at(0, 63), at(95, 63)]).toEqual(
      [0, 200, 50, 250].map((level) => [level, level, level]),
    );
  });
});
