import type { MotionField } from '../types.ts';

/** A motion field without its time, and how much of the picture it tells of. */
export interface MotionCells extends Omit<MotionField, 'since'> {
  /** 0 to 1: of the picture's area that is not coded anew, or of its blocks with any texture those that were found. */
  readonly known: number;
}

/** Of a field, in pixels. */
export const MOTION_UNIT = 1 / 16;

/** A motion in the units of a field, within its range. */
export function motionUnits(pixels: number): number {
  return Math.max(-32767, Math.min(32767, Math.round(pixels / MOTION_UNIT)));
}
