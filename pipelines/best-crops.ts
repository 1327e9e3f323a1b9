import type { CropStore } from '../src/events/crop-store.ts';
import type { TrackedFrame } from '../src/operators/track.ts';

/** A picture replaces the one before when its score is this much better; each costs a JPEG. */
const BETTER = 1.1;

/**
 * Keeps a JPEG crop of each confirmed track's best frame so far: the measured one of the highest score. Tracks of which a
 * crop is under way, and those that got one a second ago, wait.
 */
export function bestCrops({ stream, session, crops }: { stream: string; session: string; crops: CropStore }): {
  take(frame: TrackedFrame): void;
  /** Resolves when none is under way. */
  settled(): Promise<unknown>;
} {
  const best = new Map<number, { score: number; pts: number }>();
  /** By track. */
  const underWay = new Map<number, Promise<void>>();

  function take(frame: TrackedFrame): void {
    for (const { id, box, score, state, measured } of frame.tracks) {
      if (state === 'ended') best.delete(id);
      if (state !== 'confirmed' || !measured) continue;
      const before = best.get(id);
      if (before !== undefined && (underWay.has(id) || score < before.score * BETTER || frame.pts < before.pts + 1))
        continue;
      best.set(id, { score, pts: frame.pts });
      const taking = frame.crop(box).then((jpeg) => {
        underWay.delete(id);
        if (jpeg !== undefined) crops.put({ stream, session, track: id }, jpeg);
      });
      underWay.set(id, taking);
    }
  }

  return { take, settled: () => Promise.all(underWay.values()) };
}
