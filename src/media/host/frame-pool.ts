import type { Size } from '../../types.ts';

/** The slots of a shared frame pool, each `[height, width, 3]` RGB bytes. */
export function poolSlots(pool: SharedArrayBuffer, slots: number, { width, height }: Size): Uint8Array[] {
  const bytes = width * height * 3;
  return Array.from({ length: slots }, (_, slot) => new Uint8Array(pool, slot * bytes, bytes));
}
