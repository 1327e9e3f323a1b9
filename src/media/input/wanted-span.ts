import type { OpenOptions } from '../protocol.ts';

/** The part of a source that is wanted, in seconds of the source clock. */
export interface WantedSpan {
  /** Where it begins, if not with the first frame. */
  readonly start: number | undefined;
  /** From this time on frames are wanted: `start`, less what seconds are rounded by. */
  readonly from: number;
  /** Frames from this time on are not wanted any more; infinite also while a span without a start has not begun. */
  readonly end: number;
  contains(time: number): boolean;
  /** A span without a start begins with its first frame. */
  beginWith(time: number): void;
}

/** Less than any tick, and more than what adding up seconds comes out wrong by. */
const ROUNDING_SECONDS = 1e-6;

/** @param beginning - Where the source's clock begins, seconds. */
export function wantedSpan(options: Pick<OpenOptions, 'start' | 'duration'>, beginning: number): WantedSpan {
  const { duration = Number.POSITIVE_INFINITY } = options;
  const start = options.start === undefined ? undefined : beginning + options.start;
  const from = (start ?? Number.NEGATIVE_INFINITY) - ROUNDING_SECONDS;
  let begun = start !== undefined;
  let end = begun ? from + duration : Number.POSITIVE_INFINITY;
  return {
    start,
    from,
    get end() {
      return end;
    },
    contains: (time) => time >= from && time < end,
    beginWith(time) {
      if (!begun) end = time + duration - ROUNDING_SECONDS;
      begun = true;
    },
  };
}
