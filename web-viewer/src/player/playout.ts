import { createDecodeClock } from './decode/decode-clock.ts';

/** A decoded frame, as far as its time is concerned. Milliseconds of `performance.now()`, microseconds of the source. */
export interface Timed {
  readonly ptsUs: number;
  readonly arrivedAt: number;
}

export interface Playout {
  /** A frame came over the network; in decoding order. */
  arrived(frame: Timed): void;
  /** A frame is decoded, and its boxes are here or will not come. */
  ready(frame: Timed, now: number): void;
  /**
   * The frame to show now: the newest whose time has come. Frames in front of it are too late and go unseen.
   *
   * @param frames - In order of presentation.
   * @param isSettled - Whether a frame's boxes are here, or will not come.
   * @returns its position, or -1 while the time of none has come
   */
  pick<F extends Timed>(frames: readonly F[], isSettled: (frame: F) => boolean, now: number): number;
  /** A session begins: its clock is another one. */
  reset(): void;
  /** How long frames wait at present so that the picture runs evenly, milliseconds. */
  readonly delayMs: number;
  /** Longest time that a frame waits for its boxes from when it could be shown, milliseconds. */
  maxDelayMs: number;
  /** The source waits for the network: frames are shown as their boxes come, however late. */
  isLossless: boolean;
}

/** The source's clock may run a little slower than this one; by more, and frames are shown as they come. */
const DRIFT = 0.02;
/** How fast the delay shrinks again when frames are ready sooner, milliseconds a second. */
const SHRINK = 60;
/** So many frames in a row waited in vain: nobody makes boxes, and there is nothing to wait for. */
const GIVE_UP = 50;
/** A source that waits for the network gives every frame its boxes; after so long something is broken. */
const LOSSLESS_MS = 60_000;
/** A clock that jumps by more is another clock. */
const JUMP_MS = 5_000;

/**
 * Decides when frames are shown: evenly, by their own clock, as early as frames and boxes come in, never waiting longer
 * than `maxDelayMs` for boxes. The clock is pinned to the frame that travelled fastest, by the time it is decoded at: one
 * that comes early because of B-frames has not travelled fast. The delay over it follows the slowest of the last frames.
 */
export function createPlayout(maxDelayMs: number): Playout {
  const decodeClock = createDecodeClock();
  /** What a frame's time is here, less its time there, milliseconds. */
  let base = Number.POSITIVE_INFINITY;
  let basedAt = 0;
  let delay = 0;
  let readyAt = 0;
  let unsettled = 0;

  function reset(): void {
    base = Number.POSITIVE_INFINITY;
    delay = 0;
    unsettled = 0;
    decodeClock.reset();
  }

  const playout: Playout = {
    arrived({ ptsUs, arrivedAt }) {
      const { reordering } = decodeClock;
      const offset = arrivedAt - decodeClock.next(ptsUs) / 1000;
      // With more reordering than was known before, frames were decoded later.
      if (decodeClock.reordering > reordering || Math.abs(offset - base) > JUMP_MS) base = offset;
      else base = Math.min(offset, base + DRIFT * (arrivedAt - basedAt));
      basedAt = arrivedAt;
    },
    ready({ ptsUs }, now) {
      const late = now - (ptsUs / 1000 + base);
      const shrunk = delay - (SHRINK * (now - readyAt)) / 1000;
      delay = Math.max(0, Math.min(playout.maxDelayMs, Math.max(late, shrunk)));
      readyAt = now;
    },
    pick(frames, isSettled, now) {
      for (let index = frames.length - 1; index >= 0; index--) {
        const frame = frames[index]!;
        const settled = isSettled(frame);
        if (playout.isLossless) {
          if (!settled && now < frame.arrivedAt + LOSSLESS_MS) continue;
          return index;
        }
        const isDue = now >= frame.ptsUs / 1000 + base + delay && (settled || unsettled > GIVE_UP);
        if (!isDue && now < Math.max(frame.arrivedAt, frame.ptsUs / 1000 + base) + playout.maxDelayMs) continue;
        unsettled = settled ? 0 : unsettled + 1;
        return index;
      }
      return -1;
    },
    reset,
    get delayMs() {
      return delay;
    },
    maxDelayMs,
    isLossless: false,
  };
  return playout;
}
