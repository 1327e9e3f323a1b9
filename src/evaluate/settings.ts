import type { Box, Size } from '../types.ts';

/** What is tried where no threshold is given: fine enough that a finer step changes no tenth of a point. */
export const THRESHOLDS: readonly number[] = Array.from({ length: 33 }, (_, step) => round(0.1 + 0.025 * step));

/** For clips, which take longer to follow at each. */
export const CLIP_THRESHOLDS: readonly number[] = Array.from({ length: 11 }, (_, step) => round(0.2 + 0.05 * step));

/** Sides that the baseline may choose from, as shares of the picture's. */
export const CENTRED_SIDES: readonly number[] = Array.from({ length: 15 }, (_, step) => 0.3 + 0.05 * step);

/** The box in the middle of a picture, its sides that share of the picture's: what a localiser must beat. */
export function centredBox({ width, height }: Size, side: number): Box {
  const margin = (1 - side) / 2;
  return [width * margin, height * margin, width * (1 - margin), height * (1 - margin)];
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
