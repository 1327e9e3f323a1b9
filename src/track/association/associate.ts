import type { Box, Localisation } from '../../types.ts';
import { boxOf } from '../box-motion.ts';
import { centreOf } from '../boxes.ts';
import { agreement } from '../evidence.ts';
import { lastSeen, type TrackRecord } from '../track-record.ts';
import { assign } from './assign.ts';
import { overlap } from './overlap.ts';

/** A track and the localisation assigned to it. */
export interface Match {
  readonly record: TrackRecord;
  readonly localisation: Localisation;
}

/** How much classes that have nothing in common lower an overlap. */
const CLASS_WEIGHT = 0.5;

/** What a track's direction adds at most (OC-SORT's λ, times half a turn). */
const DIRECTION_WEIGHT = 0.5;

/** By how much boxes are widened for the overlap. */
const BUFFER = 0.1;

/**
 * Assigns localisations to tracks: optimal over overlap, weighed by how far the classes agree and by how well the step to
 * the localisation continues the track's direction (observation-centric momentum, OC-SORT, arXiv 2203.14360).
 *
 * @param records Tracks, predicted to the localisations' time.
 * @param minOverlap Least overlap of a track's box and a localisation's.
 */
export function associate(
  records: readonly TrackRecord[],
  found: readonly Localisation[],
  minOverlap: number,
): Match[] {
  const similarity = records.map((record) => {
    const box = boxOf(record.motion);
    return Float64Array.from(found, (localisation) => {
      const shared = overlap(box, localisation.box, BUFFER);
      if (shared < minOverlap) return 0;
      const agreed = 1 - CLASS_WEIGHT * (1 - agreement(record.evidence, localisation.evidence));
      const ahead = DIRECTION_WEIGHT * localisation.score * direction(record, localisation.box);
      return Math.max(shared * agreed + ahead, Number.MIN_VALUE);
    });
  });
  return assign(similarity).map(([row, column]) => ({ record: records[row]!, localisation: found[column]! }));
}

/**
 * How well a box lies in a track's direction: 0.5 straight ahead, -0.5 straight behind, 0 where the track has none. Both
 * directions start from the same earlier observation.
 */
function direction(record: TrackRecord, box: Box): number {
  if (record.observations.length < 2) return 0;
  const from = centreOf(record.observations[0]!.localisation.box);
  const last = centreOf(lastSeen(record).localisation.box);
  const now = centreOf(box);
  const length = Math.hypot(last.x - from.x, last.y - from.y) * Math.hypot(now.x - from.x, now.y - from.y);
  if (!(length > 0)) return 0;
  const cosine = ((last.x - from.x) * (now.x - from.x) + (last.y - from.y) * (now.y - from.y)) / length;
  return 0.5 - Math.acos(Math.min(Math.max(cosine, -1), 1)) / Math.PI;
}
