import { AVFMT_NOTIMESTAMPS, AVFMT_TS_DISCONT } from 'node-av/constants';
import type { InputFormat, Rational, Stream } from 'node-av/lib';
import { type Ratio, reduce, seconds, ticks } from '../frames/av.ts';

/**
 * What a source's own word on time is worth, in one place: which durations and rates are believed, what is a jump and
 * what a pause.
 */

/** A frame that is said to last less, or more, is not believed: parsers make such numbers up, and so do encoders. */
const SHORTEST_SECONDS = 0.001;
const LONGEST_SECONDS = 10;
/** No camera takes more frames in a second; a higher rate is the tick of a time base that was taken for one. */
export const MOST_FPS = 10_000;
/** A clock that stands still makes for a high rate; cameras that store no times are no high-speed cameras. */
const MOST_COUNTED_FPS = 300;
/** What FFmpeg, too, takes for a stream without any timing. */
const USUAL_RATE: Ratio = { num: 25, den: 1 };

/** Back by more than this is a jump; by less, the packets are merely out of order. */
export const BACK_SECONDS = 0.1;
/** Ahead by more than this is a jump, where the source allows for jumps; FFmpeg's own limit. */
export const AHEAD_SECONDS = 10;
/** Who plays a file waits for a pause in it, but not longer than this. */
export const LONGEST_PAUSE_SECONDS = 3600;

/** Whether a format stores no times, so that FFmpeg counts them from the frame rate. */
export function lacksTimestamps(format: InputFormat | null): boolean {
  if (format === null) return false;
  // These two do not say so themselves: in images there is no time, and an AVI only counts its frames.
  const silent = /^image2|_pipe$|^avi$/.test(format.name ?? '');
  return silent || (format.flags & AVFMT_NOTIMESTAMPS) !== 0;
}

/**
 * Whether great leaps ahead are jumps of a clock that was set: in streams, and in containers that hold pieces of them.
 * Elsewhere they are pauses, which belong to the recording.
 *
 * @param isStored - Whether the source is a recording of some kind; else its frames come as they are taken.
 */
export function mayJumpAhead(format: InputFormat | null, isStored: boolean): boolean {
  return !isStored || ((format?.flags ?? 0) & AVFMT_TS_DISCONT) !== 0;
}

/** @returns the duration of a frame or packet, in ticks, if it can be true; else `otherwise`. */
export function believedDuration(stated: bigint, timeBase: Ratio, otherwise: bigint): bigint {
  const length = seconds(stated, timeBase);
  return length >= SHORTEST_SECONDS && length <= LONGEST_SECONDS ? stated : otherwise;
}

/** The rate a constant-rate stream has, else the average; 25 where nothing can be known. */
export function frameRateOf(stream: Stream): Ratio {
  return reduce([stream.avgFrameRate, stream.rFrameRate].find(isBelieved) ?? USUAL_RATE);
}

/** How long a frame lasts at the stream's rate, in ticks of its time base: at least one. */
export function frameTicks(stream: Stream): bigint {
  return ticksAt(frameRateOf(stream), stream);
}

/** The same where the clock stands still: FFmpeg may have found the rate by that clock. */
export function countedTicks(stream: Stream): bigint {
  const rate = frameRateOf(stream);
  return ticksAt(rate.num / rate.den > MOST_COUNTED_FPS ? USUAL_RATE : rate, stream);
}

function ticksAt({ num, den }: Ratio, { timeBase }: Stream): bigint {
  return ticks(den / num, timeBase) || 1n;
}

function isBelieved({ num, den }: Rational): boolean {
  return num > 0 && den > 0 && num / den <= MOST_FPS;
}
