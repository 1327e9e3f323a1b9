/** When frames are decoded by the source's clock, told from the order they come in. */
export interface DecodeClock {
  /** @returns the decoding time of the next frame in decoding order, microseconds, as far as it can be told so far. */
  next(ptsUs: number): number;
  /** By how many places frames have been out of the order of their times so far; it only grows. */
  readonly reordering: number;
  reset(): void;
}

/** The most that H.264 and H.265 allow. */
const MOST = 16;

/**
 * A frame with B-frames behind it comes before its time, by as much as they take. Sorted, the times of a stream are its
 * decoding times, moved by the number of places that frames are reordered by: so a frame is decoded at the smallest of the
 * largest times so far, as many of them as that number and one.
 */
export function createDecodeClock(): DecodeClock {
  /** The largest times, rising. */
  let largest: number[] = [];
  let reordering = 0;
  return {
    next(ptsUs) {
      const greater = largest.filter((other) => other > ptsUs).length;
      reordering = Math.min(MOST, Math.max(reordering, greater));
      largest.push(ptsUs);
      largest.sort((a, b) => a - b);
      if (largest.length > MOST + 1) largest.shift();
      return largest.at(-1 - reordering)!;
    },
    get reordering() {
      return reordering;
    },
    reset() {
      largest = [];
      reordering = 0;
    },
  };
}
