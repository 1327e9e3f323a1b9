/** What is tried where no threshold is given: fine enough that a finer step changes no tenth of a point. */
export const THRESHOLDS: readonly number[] = Array.from({ length: 33 }, (_, step) => round(0.1 + 0.025 * step));

/** For clips, which take longer to follow at each. */
export const CLIP_THRESHOLDS: readonly number[] = Array.from({ length: 11 }, (_, step) => round(0.2 + 0.05 * step));

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
