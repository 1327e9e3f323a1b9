import type { Box, Size } from '../types.ts';

/** Sides that the baseline may choose from, as shares of the picture's. */
export const CENTRED_SIDES: readonly number[] = Array.from({ length: 15 }, (_, step) => 0.3 + 0.05 * step);

/** The box in the middle of a picture, its sides that share of the picture's: what a localiser must beat. */
export function centredBox({ width, height }: Size, side: number): Box {
  const margin = (1 - side) / 2;
  return [width * margin, height * margin, width * (1 - margin), height * (1 - margin)];
}
