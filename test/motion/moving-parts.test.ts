import { describe, expect, it } from 'vitest';
import { movingParts } from '../../src/motion/moving-parts.ts';
import type { CamMap } from '../../src/types.ts';
import { pattern, picture } from './scenes.ts';

const nowhere: CamMap = { rows: 1, cols: 1, data: Float32Array.of(0) };

/** A square of 24 pixels with a pattern of its own, its left side at `left`, before a background moved by `pan`. */
const scene = (left: number, pan: number) =>
  picture((x, y) =>
    x >= left && x < left + 24 && y >= 28 && y < 52 ? 255 - pattern(3 * (x - left), 3 * y) : pattern(x - pan, y),
  );

function share({ cols, data }: CamMap, inside: boolean): number {
  const own = [...data].filter((_, cell) => {
    const [col, row] = [cell % cols, Math.floor(cell / cols)];
    return (col >= 15 && col < 21 && row >= 7 && row < 13) === inside;
  });
  return own.reduce((sum, value) => sum + value, 0) / own.length;
}

describe('what moves by itself', () => {
  it.each([0, 3, -2])('stands out against a background that the camera moves by %d', (pan) => {
    const { parts, camera } = movingParts(scene(60, 0), scene(57, pan), nowhere);
    expect(Math.abs(camera[0]! - pan)).toBeLessThan(0.3);
    expect([parts!.rows, parts!.cols]).toEqual([20, 36]);
    expect(share(parts!, true)).toBeGreaterThan(0.4);
    expect(share(parts!, false)).toBeLessThan(0.1);
  });

  it('is nothing where only noise differs', () => {
    let state = 1;
    const noise = () => {
      state = (state * 48271) % 2147483647;
      return (state / 2147483647 - 0.5) * 6;
    };
    const noisy = () => picture((x, y) => pattern(x, y) + noise());
    const { parts } = movingParts(noisy(), noisy(), nowhere);
    expect(Math.max(...parts!.data)).toBeLessThan(0.4);
  });

  it('cannot be told over a cut', () => {
    const other = picture((x, y) => pattern(3 * y + 40, 2 * x));
    const { parts, camera } = movingParts(scene(60, 0), other, nowhere);
    expect(parts).toBeUndefined();
    expect([...camera]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('does not move the camera where the object is known to be', () => {
    // The object fills three quarters of the picture.
    const at = (left: number) =>
      picture((x, y) => (x >= left && x < left + 108 ? 255 - pattern(2 * (x - left), 2 * y) : pattern(x, y)));
    const object = { rows: 1, cols: 8, data: Float32Array.of(0, 1, 1, 1, 1, 1, 1, 0) };
    const { camera } = movingParts(at(18), at(16), object);
    expect(Math.hypot(camera[0]!, camera[3]!)).toBeLessThan(0.5);
  });
});
