import type { Luma } from '../../src/motion/luma.ts';

/** A smooth pattern without end, 0 to 255, that has edges in all directions. */
export function pattern(x: number, y: number): number {
  return (
    127 + 40 * Math.sin(x / 5 + 1) + 40 * Math.sin(y / 6) + 30 * Math.sin((x + y) / 9) + 15 * Math.cos((x - 2 * y) / 7)
  );
}

export const SIZE = { width: 144, height: 80 };

/** The picture whose pixel (x, y) shows `at(x, y)`. */
export function picture(at: (x: number, y: number) => number, { width, height } = SIZE): Luma {
  const data = Float32Array.from({ length: width * height }, (_, pixel) =>
    at(pixel % width, Math.floor(pixel / width)),
  );
  return { width, height, data };
}

/** Weight 1 everywhere. */
export const everywhere: Luma = { ...SIZE, data: new Float32Array(SIZE.width * SIZE.height).fill(1) };
