import type { Size } from '../types.ts';

/**
 * Whether a frame is scaled to the model's input: those the network sees, every `stride`th, and the one before each, by
 * which motion is told.
 */
export function isScaled(index: number, stride: number): boolean {
  return index % stride === 0 || index % stride === stride - 1;
}

/** The slots of a shared frame pool, each `[height, width, 3]` RGB bytes. */
export function poolSlots(pool: SharedArrayBuffer, slots: number, { width, height }: Size): Uint8Array[] {
  const bytes = width * height * 3;
  return Array.from({ length: slots }, (_, slot) => new Uint8Array(pool, slot * bytes, bytes));
}
