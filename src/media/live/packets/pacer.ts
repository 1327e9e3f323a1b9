import { setTimeout as wait } from 'node:timers/promises';

/** So late, and the clock is set anew: after a pause of the source nothing is hurried to catch up. */
const LATE_MS = 1000;

/**
 * Holds a source that could be read at any speed to the pace of its timestamps.
 *
 * @param signal - Ends all waiting.
 * @returns waits until a packet of this time (seconds) is due; the first sets the clock.
 */
export function pacer(signal: AbortSignal): (time: number) => Promise<void> {
  let origin: number | undefined;
  return async (time) => {
    const now = performance.now();
    origin ??= now - time * 1000;
    const left = origin + time * 1000 - now;
    if (left < -LATE_MS) origin = now - time * 1000;
    if (left > 1) await wait(left, undefined, { signal }).catch(() => {});
  };
}
