import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlap } from '../../src/track/association/overlap.ts';
import { between, carry, clip, isUsable } from '../../src/track/boxes.ts';
import type { Box } from '../../src/types.ts';

const whole = fc.integer({ min: 0, max: 12 });
const anyBox = fc.tuple(whole, whole, whole, whole).map(([x, y, width, height]): Box => [x, y, x + width, y + height]);

/** Counts unit squares. */
function counted(a: Box, b: Box): number {
  let both = 0;
  let either = 0;
  for (let y = 0; y < 24; y++) {
    for (let x = 0; x < 24; x++) {
      const inside = ([x0, y0, x1, y1]: Box) => x >= x0 && x < x1 && y >= y0 && y < y1;
      if (inside(a) && inside(b)) both++;
      if (inside(a) || inside(b)) either++;
    }
  }
  return either === 0 ? 0 : both / either;
}

describe('the overlap of boxes', () => {
  it('is the shared area over the joint area', () => {
    fc.assert(
      fc.property(anyBox, anyBox, (a, b) => {
        expect(overlap(a, b)).toBeCloseTo(counted(a, b), 12);
        expect(overlap(b, a)).toBe(overlap(a, b));
      }),
    );
  });

  it('with a buffer is that of the widened boxes', () => {
    fc.assert(
      fc.property(anyBox, anyBox, fc.constantFrom(0.1, 0.25, 0.5), (a, b, buffer) => {
        const widened = ([x0, y0, x1, y1]: Box): Box => {
          const [w, h] = [buffer * (x1 - x0), buffer * (y1 - y0)];
          return [x0 - w, y0 - h, x1 + w, y1 + h];
        };
        expect(overlap(a, b, buffer)).toBeCloseTo(overlap(widened(a), widened(b)), 9);
      }),
    );
  });
});

describe('boxes', () => {
  it.each<[Box, boolean]>([
    [[0, 0, 1, 1], true],
    [[-5.5, 2, 0.25, 2.5], true],
    [[0, 0, 0, 1], false],
    [[3, 0, 1, 1], false],
    [[0, 0, Number.NaN, 1], false],
    [[0, Number.NEGATIVE_INFINITY, 1, 1], false],
  ])('%j can be followed: %s', (box, usable) => {
    expect(isUsable(box)).toBe(usable);
  });

  it('are cut to the display', () => {
    const display = { width: 100, height: 50 };
    expect(clip([-10, 5, 30, 80], display)).toEqual([0, 5, 30, 50]);
    expect(isUsable(clip([110, 5, 130, 20], display))).toBe(false);
  });

  it('carry their points along, and blend edge by edge', () => {
    expect(carry({ x: 15, y: 30 }, [10, 20, 20, 40], [0, 0, 100, 10])).toEqual({ x: 50, y: 5 });
    expect(between([0, 0, 10, 10], [10, 20, 30, 40], 0.25)).toEqual([2.5, 5, 15, 17.5]);
  });
});
