import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carryOf } from '../../src/track/carry.ts';
import { type Box, type MotionField, UNKNOWN_MOTION } from '../../src/types.ts';
import { boxAt, display } from './scene.ts';

type Motion = (x: number, y: number) => readonly [dx: number, dy: number] | undefined;

/** The field of a picture in which what is at (x, y) now has come by `motion`. */
function fieldOf(motion: Motion, cols = 40, rows = 32): MotionField {
  const data = new Int16Array(2 * rows * cols);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const moved = motion(((col + 0.5) * display.width) / cols, ((row + 0.5) * display.height) / rows);
      data.set(moved ? moved.map((pixels) => Math.round(16 * pixels)) : [UNKNOWN_MOTION, 0], 2 * (row * cols + col));
    }
  }
  return { since: 0, rows, cols, data };
}

/** What moves by (x, y) and grows about (centreX, centreY), by where it is now. */
const moving =
  (x: number, y: number, growth = 0, centreX = 500, centreY = 400): Motion =>
  (nowX, nowY) => [
    x + (growth * (nowX - x - centreX)) / (1 + growth),
    y + (growth * (nowY - y - centreY)) / (1 + growth),
  ];

const isIn = ([x0, y0, x1, y1]: Box, x: number, y: number) => x >= x0 && x < x1 && y >= y0 && y < y1;

const pixels = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
const places = fc.record({
  x: fc.integer({ min: 250, max: 750 }),
  y: fc.integer({ min: 250, max: 550 }),
  width: fc.integer({ min: 150, max: 400 }),
  height: fc.integer({ min: 150, max: 400 }),
});

describe('motion carry', () => {
  it('is exact for translations and scalings, to the sixteenth of a pixel that a field has', () => {
    fc.assert(
      fc.property(places, pixels(60), pixels(60), pixels(0.1), ({ x, y, width, height }, dx, dy, growth) => {
        const shift = carryOf(fieldOf(moving(dx, dy, growth, x, y)), boxAt(x, y, width, height), display)!;
        expect(shift.x).toBeCloseTo(dx, 1);
        expect(shift.y).toBeCloseTo(dy, 1);
        expect(Math.abs(shift.growth - growth) * Math.max(width, height)).toBeLessThan(0.2);
        expect(shift.spread).toBeLessThan(0.1);
      }),
    );
  });

  it('follows the object, not the camera, where a third of the box moves otherwise than the rest of the picture', () => {
    const box = boxAt(500, 400, 300, 300);
    const object = boxAt(500 + 20, 400 - 10, 180, 180);
    const scene: Motion = (x, y) => (isIn(object, x, y) ? [20, -10] : [-15, 0]);
    expect(carryOf(fieldOf(scene), box, display)).toMatchObject({
      x: expect.closeTo(20, 0),
      y: expect.closeTo(-10, 0),
      growth: expect.closeTo(0, 2),
    });
  });

  it('is not misled by a fifth of the cells', () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    const noisy: Motion = () => (random() < 0.2 ? [200 * random() - 100, 200 * random() - 100] : [8, 6]);
    const shift = carryOf(fieldOf(noisy), boxAt(500, 400, 300, 300), display)!;
    expect(Math.hypot(shift.x - 8, shift.y - 6)).toBeLessThan(1);
  });

  it('says nothing where too few cells tell', () => {
    expect(
      carryOf(
        fieldOf(() => undefined),
        boxAt(500, 400),
        display,
      ),
    ).toBeUndefined();
    expect(carryOf(fieldOf(moving(5, 5)), boxAt(-300, -300), display)).toBeUndefined();
  });

  it('leaves nothing to collect for its cells', () => {
    const field = fieldOf(moving(5, 3));
    const box = boxAt(500, 400, 900, 700);
    for (let turn = 0; turn < 300; turn++) carryOf(field, box, display);
    const before = process.memoryUsage().heapUsed;
    for (let turn = 0; turn < 1000; turn++) carryOf(field, box, display);
    expect((process.memoryUsage().heapUsed - before) / 1000).toBeLessThan(2000);
  });
});
