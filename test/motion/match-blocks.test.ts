import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchBlocks } from '../../src/motion/match-blocks.ts';
import { UNKNOWN_MOTION } from '../../src/types.ts';
import { picture, SIZE } from './scenes.ts';

/** Brightness of squares of 3 pixels, each of its own: no two blocks are alike. */
function texture(x: number, y: number): number {
  const soft = (at: number) => Math.sin(at) * 43758.5453;
  const [across, down] = [Math.floor(x / 3), Math.floor(y / 3)];
  const value = soft(across * 12.9898 + down * 78.233);
  return 255 * (value - Math.floor(value));
}

/** The motions that were found, in pixels, of cells away from the borders. */
function inner({ rows, cols, data }: ReturnType<typeof matchBlocks>): { x: number; y: number }[] {
  const found = [];
  for (let row = 3; row < rows - 3; row++) {
    for (let col = 3; col < cols - 3; col++) {
      const at = 2 * (row * cols + col);
      if (data[at] !== UNKNOWN_MOTION) found.push({ x: data[at]! / 16, y: data[at + 1]! / 16 });
    }
  }
  return found;
}

describe('matching blocks', () => {
  const before = picture(texture);

  it('finds how far a picture moved', () => {
    fc.assert(
      fc.property(fc.integer({ min: -12, max: 12 }), fc.integer({ min: -12, max: 12 }), (dx, dy) => {
        const field = matchBlocks(
          picture((x, y) => texture(x - dx, y - dy)),
          before,
          SIZE,
        );
        const motions = inner(field);
        const right = motions.filter(({ x, y }) => Math.hypot(x - dx, y - dy) < 0.3);
        expect(right.length / motions.length).toBeGreaterThan(0.9);
        expect(motions.length).toBeGreaterThan(50);
      }),
      { numRuns: 30 },
    );
  });

  it('tells it in pixels of the display', () => {
    const moved = picture((x, y) => texture(x - 4, y + 2));
    const motions = inner(matchBlocks(moved, before, { width: 10 * SIZE.width, height: 5 * SIZE.height }));
    const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
    expect(middle(motions.map(({ x }) => x))).toBeCloseTo(40, 0);
    expect(middle(motions.map(({ y }) => y))).toBeCloseTo(-10, 0);
  });

  it('knows little of another picture, and nothing of one without texture', () => {
    const other = picture((x, y) => texture(x + 500, y + 900));
    expect(matchBlocks(other, before, SIZE).known).toBeLessThan(0.3);
    const grey = picture(() => 128);
    expect(inner(matchBlocks(grey, grey, SIZE))).toEqual([]);
  });
});
