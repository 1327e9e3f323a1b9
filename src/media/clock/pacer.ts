import { setTimeout as wait } from 'node:timers/promises';
import { LONGEST_PAUSE_SECONDS } from './clock-policy.ts';

/** So late, and the clock is set anew: after a pause of the source nothing is hurried to catch up. */
const LATE_MS = 1000;

/**
 * Holds a source that could be read at any speed to the pace of its timestamps.
 *
 * @param signal - Ends all waiting.
 * @returns waits until a packet of this time (seconds) is due; the first sets the clock.
 */
export function pacer(
  signal: AbortSignal,
  sleep = (milliseconds: number): Promise<unknown> => wait(milliseconds, undefined, { signal }).catch(() => {}),
): (time: number) => Promise<void> {
  let origin: number | undefined;
  return async (time) => {
    const now = performance.now();
    origin ??= now - time * 1000;
    const left = origin + time * 1000 - now;
    if (left < -LATE_MS) origin = now - time * 1000;
    const longest = LONGEST_PAUSE_SECONDS * 1000;
    if (left > longest) origin -= left - longest;
    if (left > 1) await sleep(Math.min(left, longest));
  };
}
