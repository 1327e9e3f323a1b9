import type { Box } from '../types.ts';

type PathPoint = [pts: number, x: number, y: number];

const MOST = 64;

/**
 * Keeps at most 64 points of a path of any length, evenly spaced in frames, the first and the last among them: whenever
 * it is full, every second point goes and only every second new one is taken from then on.
 */
export function pathSummary(): { add(pts: number, box: Box): void; points(): PathPoint[] } {
  let kept: PathPoint[] = [];
  let last: PathPoint | undefined;
  let seen = 0;
  let every = 1;
  return {
    add(pts, box) {
      last = [pts, centre(box[0], box[2]), centre(box[1], box[3])];
      if (seen++ % every !== 0) return;
      kept.push(last);
      if (kept.length < MOST) return;
      kept = kept.filter((_, index) => index % 2 === 0);
      every *= 2;
    },
    points() {
      return last && kept.at(-1) !== last ? [...kept, last] : [...kept];
    },
  };
}

function centre(low: number, high: number): number {
  return Math.round((low + high) * 50) / 100;
}
