import type { Box, Point } from '../types.ts';

export interface TrailOptions {
  /** How far back a trail reaches, seconds. */
  readonly seconds: number;
}

/** The centres of tracks over the last seconds, by track id, oldest first. */
export type Trails = ReadonlyMap<number, readonly Point[]>;

/** Takes the tracks of a frame and returns their trails, this frame's centres last. */
export type UpdateTrails = (pts: number, tracks: readonly { readonly id: number; readonly box: Box }[]) => Trails;

interface TimedPoint extends Point {
  readonly pts: number;
}

/**
 * Remembers where the centres of tracks were. Frames come in order of presentation; when `pts` steps back (a new session,
 * a loop), what lies ahead of it is forgotten. Memory is bounded by `seconds` and the tracks seen in them.
 */
export function createTrails({ seconds }: TrailOptions): UpdateTrails {
  const trails = new Map<number, TimedPoint[]>();
  return (pts, tracks) => {
    for (const [id, points] of trails) {
      const kept = points.filter((point) => point.pts < pts && point.pts >= pts - seconds);
      if (kept.length > 0) trails.set(id, kept);
      else trails.delete(id);
    }
    for (const { id, box } of tracks) {
      const x = (box[0] + box[2]) / 2;
      const y = (box[1] + box[3]) / 2;
      if (!Number.isFinite(x + y)) continue;
      trails.set(id, [...(trails.get(id) ?? []), { x, y, pts }]);
    }
    return new Map(trails);
  };
}
