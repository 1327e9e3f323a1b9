/**
 * Makes the integer key of each frame of one session from its pts in seconds: microseconds, raised where that is needed
 * for every key to be greater than the one before, so that no two frames share one. Feed it every frame in display order.
 */
export function frameKeys(): (pts: number) => number {
  let last = Number.NEGATIVE_INFINITY;
  return (pts) => {
    // Adding 0 makes 0 of -0.
    last = Math.max(Math.round(pts * 1e6) + 0, last + 1);
    return last;
  };
}
