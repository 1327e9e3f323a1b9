import type { Ratio } from './frames/av.ts';

/** Frames a second, of a rate as containers give it. */
export function perSecond({ num, den }: Ratio): number {
  return num / den;
}
