import { FFmpegError } from 'node-av/lib';
import { HeatboxError, type HeatboxErrorOptions } from '../../error.ts';
import type { ErrorCode } from '../../error-codes.ts';

/** A fraction. */
export interface Ratio {
  /** Numerator. */
  readonly num: number;
  /** Denominator. */
  readonly den: number;
}

/** A plain copy of one of node-av's ratios, which are objects of a class. */
export function ratioOf({ num, den }: Ratio): Ratio {
  return { num, den };
}

/**
 * Turns a negative FFmpeg return value into an error.
 *
 * @param code - What the FFmpeg call returned.
 * @param operation - What was being done, as `open the decoder h264`.
 * @param errorCode - The HeatboxError's code.
 * @returns `code` when it is not an error.
 * @throws HeatboxError with FFmpeg's own words as its cause.
 */
export function check(
  code: number,
  operation: string,
  errorCode: ErrorCode = 'FFMPEG',
  options: HeatboxErrorOptions = {},
): number {
  if (code >= 0) return code;
  const reason = FFmpegError.strerror(code);
  throw new HeatboxError(errorCode, `could not ${operation}: ${reason}`, { cause: new Error(reason), ...options });
}

/** Ticks of a time base to seconds. */
export function seconds(ticks: bigint, timeBase: Ratio): number {
  return (Number(ticks) * timeBase.num) / timeBase.den;
}

/** Seconds to the nearest tick of a time base. */
export function ticks(time: number, timeBase: Ratio): bigint {
  return BigInt(Math.round((time * timeBase.den) / timeBase.num));
}

/** Ticks to integer microseconds, exactly rounded: the key of a frame on the wire. */
export function microseconds(value: bigint, timeBase: Ratio): number {
  const scaled = value * BigInt(timeBase.num) * 1_000_000n;
  const den = BigInt(timeBase.den);
  const half = scaled >= 0n ? den / 2n : -den / 2n;
  return Number((scaled + half) / den);
}

/** A ratio in lowest terms. */
export function reduce(ratio: Ratio): Ratio {
  let a = Math.abs(ratio.num);
  let b = Math.abs(ratio.den);
  while (b > 0) [a, b] = [b, a % b];
  return a > 1 ? { num: ratio.num / a, den: ratio.den / a } : ratio;
}
