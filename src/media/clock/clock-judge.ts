import { MOST_FPS } from './clock-policy.ts';

/** What is wrong with a source's clock: it stands, or it runs `rate` seconds in a second. */
export type ClockFault = { readonly type: 'standing' } | { readonly type: 'rate'; readonly rate: number };

/** Judges a live source's timestamps by when its packets arrive. */
export interface ClockJudge {
  /**
   * @param time - The packet's decoding time on the source's clock, seconds.
   * @param at - When it arrived, seconds of a clock that does not jump.
   */
  packet(time: number, at: number): void;
  /** Packets were not fetched for a while: when they arrived is not known. */
  interrupted(): void;
  /** Once found, it stays: a clock that was wrong is not trusted again. */
  readonly fault: ClockFault | undefined;
}

/** So many packets of one time, over so long, are no parts of one picture. */
const STANDING_PACKETS = 8;
const STANDING_SECONDS = 0.3;
/** Times this close together are one. */
const SAME_SECONDS = 1 / MOST_FPS;
/** A rate is measured over so long. */
const WINDOW_SECONDS = 5;
/** Faster by this factor, or slower, in two windows in a row: what a server or the network held back comes in one. */
const RATE_FACTOR = 3;
/** A window with such a gap between packets says nothing: what was held back in it comes at once. */
const GAP_SECONDS = 2;

/**
 * @param byArrival - Whether packets arrive when they are made; else only their number tells that a clock stands.
 * @param rates - Whether rates are judged: RTP clocks only, whose frequency is said apart from the stream.
 */
export function clockJudge(byArrival: boolean, rates: boolean): ClockJudge {
  let fault: ClockFault | undefined;
  let last: { time: number; at: number } | undefined;
  let same = { count: 0, since: 0 };
  let window: { time: number; at: number } | undefined;
  let before: number | undefined;

  function judgeStanding(time: number, at: number): void {
    // Muxers move times that stand still to the next tick.
    if (last === undefined || Math.abs(time - last.time) >= SAME_SECONDS) same = { count: 0, since: at };
    const long = !byArrival || at - same.since >= STANDING_SECONDS;
    if (++same.count > STANDING_PACKETS && long) fault = { type: 'standing' };
  }

  function judgeRate(time: number, at: number): void {
    if (last !== undefined && at - last.at > GAP_SECONDS) forget();
    window ??= { time, at };
    const passed = at - window.at;
    if (passed < WINDOW_SECONDS) return;
    const rate = (time - window.time) / passed;
    const fast = rate > RATE_FACTOR && before !== undefined && before > RATE_FACTOR;
    const slow = rate < 1 / RATE_FACTOR && before !== undefined && before < 1 / RATE_FACTOR;
    if (fast || slow) fault = { type: 'rate', rate };
    before = rate;
    window = { time, at };
  }

  function forget(): void {
    window = undefined;
    before = undefined;
  }

  return {
    packet(time, at) {
      if (fault !== undefined) return;
      judgeStanding(time, at);
      if (rates && fault === undefined) judgeRate(time, at);
      last = { time, at };
    },
    interrupted: forget,
    get fault() {
      return fault;
    },
  };
}

/** What becomes of frames whose clock is given up where their arrival says nothing. */
export const COUNTED = 'frames are counted by the frame rate';

export function faultInWords(name: string, fault: ClockFault): string {
  if (fault.type === 'standing') return `the timestamps of ${name} stand still`;
  const { rate } = fault;
  const speed =
    rate > 1 ? `${rate.toFixed(1)} times too fast` : `${(1 / Math.max(rate, 0.001)).toFixed(1)} times too slowly`;
  return `the timestamps of ${name} advance ${speed}`;
}
