import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cameraMotion, standstill } from '../../src/motion/camera.ts';
import { solve } from '../../src/motion/solve.ts';
import { everywhere, pattern, picture, SIZE } from './scenes.ts';

const number = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
const still = picture(pattern);

describe('the motion of the camera', () => {
  it('is found exactly for shifts', () => {
    fc.assert(
      fc.property(number(4), number(4), (dx, dy) => {
        const before = picture((x, y) => pattern(x - dx, y - dy));
        const [a0, a1, a2, a3, a4, a5] = cameraMotion(still, before, everywhere, standstill());
        expect(Math.hypot(a0! - dx, a3! - dy)).toBeLessThan(0.15);
        expect(Math.max(...[a1, a2, a4, a5].map((one) => Math.abs(one!)))).toBeLessThan(0.2);
      }),
      { numRuns: 30 },
    );
  });

  it('is found for zooms and turns about the centre', () => {
    fc.assert(
      fc.property(number(0.03), number(0.03), (zoom, turn) => {
        const [cx, cy, half] = [SIZE.width / 2 - 0.5, SIZE.height / 2 - 0.5, SIZE.width / 2];
        // What is at (x, y) now was at (x + zoom x - turn y, y + turn x + zoom y), counted from the centre.
        const scale = 1 / ((1 + zoom) ** 2 + turn ** 2);
        const before = picture((x, y) => {
          const [u, v] = [x - cx, y - cy];
          return pattern(cx + scale * ((1 + zoom) * u + turn * v), cy + scale * ((1 + zoom) * v - turn * u));
        });
        const found = cameraMotion(still, before, everywhere, standstill());
        const expected = [0, zoom * half, -turn * half, 0, turn * half, zoom * half];
        for (const [index, value] of expected.entries()) expect(Math.abs(found[index]! - value)).toBeLessThan(0.25);
      }),
      { numRuns: 30 },
    );
  });

  it('is that of most of the picture, whatever a part of it does', () => {
    const square = (x: number, y: number, left: number) => x >= left && x < left + 40 && y >= 20 && y < 60;
    const now = picture((x, y) => (square(x, y, 50) ? 200 : pattern(x, y)));
    const before = picture((x, y) => (square(x, y, 44) ? 200 : pattern(x - 2, y)));
    const [a0, , , a3] = cameraMotion(now, before, everywhere, standstill());
    expect(Math.hypot(a0! - 2, a3!)).toBeLessThan(0.3);
  });

  it('is a standstill where there is nothing to see', () => {
    const grey = picture(() => 100);
    expect([...cameraMotion(grey, grey, everywhere, standstill())]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

it('a positive definite system is solved', () => {
  fc.assert(
    fc.property(
      fc.array(number(3), { minLength: 9, maxLength: 9 }),
      fc.array(number(5), { minLength: 3, maxLength: 3 }),
      (a, x) => {
        const at = (i: number, j: number) => a[3 * i + j]!;
        // AᵀA + I is positive definite.
        const entry = (i: number, j: number) =>
          [0, 1, 2].reduce((sum, k) => sum + at(k, i) * at(k, j), i === j ? 1 : 0);
        const rows = [0, 1, 2];
        const matrix = Float64Array.from(rows.flatMap((i) => rows.map((j) => entry(i, j))));
        const right = Float64Array.from(rows.map((i) => rows.reduce((sum, j) => sum + entry(i, j) * x[j]!, 0)));
        for (const [i, value] of solve(matrix, right).entries()) expect(value).toBeCloseTo(x[i]!, 6);
      },
    ),
  );
});
