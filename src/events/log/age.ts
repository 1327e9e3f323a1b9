import type { Segment } from './segments.ts';

/** Says whether a segment was last written more than so many seconds ago. */
export type IsOlder = (segment: Segment, seconds: number) => boolean;

/** Time for a machine that started with a wrong clock to get the right one, milliseconds. */
const SETTLE_MS = 600_000;

/** Milliseconds since 1970, by a clock that only moves on. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Judges the age of segments so that a clock that is set anew deletes nothing. What this process wrote is timed by the
 * monotonic clock. What it found when it started has only the time of its file: of all that the wall clock said since
 * the start the youngest age counts, and nothing expires in the first ten minutes.
 */
export function segmentAges(): IsOlder {
  const opened = steadyNow();
  /** How far the wall clock is ahead of the steady one; the least seen. */
  let ahead = Date.now() - opened;
  return (segment, seconds) => {
    const now = steadyNow();
    ahead = Math.min(ahead, Date.now() - now);
    if (segment.written >= opened) return now - segment.written > seconds * 1000;
    return now - opened >= SETTLE_MS && now + ahead - segment.written > seconds * 1000;
  };
}
