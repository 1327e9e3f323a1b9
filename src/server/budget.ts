/** Takes one from what a client may still send; false where nothing is left. */
export type Budget = () => boolean;

const REFILL_PER_SECOND = 2;

/** A token bucket: `most` at once, and two more each second. */
export function createBudget(most: number): Budget {
  let left = most;
  let filledAt = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(most, left + ((now - filledAt) / 1000) * REFILL_PER_SECOND);
    filledAt = now;
    if (left < 1) return false;
    left--;
    return true;
  };
}
