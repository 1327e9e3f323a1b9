import type { Localisation, Namer, TrackState } from '../types.ts';
import { type BoxMotion, correctBox, predictBox, startBox } from './box-motion.ts';
import { between } from './boxes.ts';
import type { Shift } from './carry.ts';
import { addEvidence, type Evidence } from './evidence.ts';

/** A localisation that was assigned to a track, and when. */
export interface Observation {
  readonly pts: number;
  readonly localisation: Localisation;
}

/** All that the tracker knows of one track. Changed in place by the tracker, which owns it. */
export interface TrackRecord {
  readonly id: number;
  state: TrackState;
  /** Predicted to the newest update, corrected where that update had a localisation for it. */
  motion: BoxMotion;
  /** How what is in its box moved up to the newest frame, where that is known. */
  shift: Shift | undefined;
  /** As it was at the last observation: where re-update starts. */
  seenMotion: BoxMotion;
  /** The last few, oldest first. */
  observations: Observation[];
  /** Times of the updates that brought nothing since the last observation. */
  missed: number[];
  hits: number;
  evidence: Evidence;
  /** Seconds of the source clock of its first observation. */
  readonly born: number;
  /** Whether it began as a further region of what another track is: then it is perhaps a part of that object. */
  readonly sibling: boolean;
}

/** How many observations back the direction of a track is taken from (OC-SORT's Δt). */
const DIRECTION_SPAN = 3;

/** A track's record at its first observation. */
export function startRecord(
  id: number,
  observation: Observation,
  state: TrackState,
  { namer, sibling = false }: { readonly namer?: Namer | undefined; readonly sibling?: boolean } = {},
): TrackRecord {
  const { pts, localisation } = observation;
  const motion = startBox(localisation.box, pts);
  const evidence = addEvidence(undefined, localisation.evidence, 0, namer);
  const observations = [observation];
  return {
    id,
    state,
    motion,
    shift: undefined,
    seenMotion: motion,
    observations,
    missed: [],
    hits: 1,
    evidence,
    born: pts,
    sibling,
  };
}

/** The newest observation. */
export function lastSeen(record: TrackRecord): Observation {
  return record.observations[record.observations.length - 1]!;
}

/**
 * Takes a localisation into a track whose motion has been predicted to its time.
 *
 * After a gap the filter is first run again from the last observation along a straight line to the new one, so that the
 * errors its unsupported predictions piled up do not bend the velocity (observation-centric re-update, OC-SORT, Cao et
 * al., arXiv 2203.14360).
 */
export function observe(record: TrackRecord, observation: Observation, namer?: Namer): void {
  const { pts, localisation } = observation;
  const before = lastSeen(record);
  if (record.missed.length > 0) {
    let motion = record.seenMotion;
    for (const time of record.missed) {
      const share = pts > before.pts ? (time - before.pts) / (pts - before.pts) : 1;
      motion = correctBox(predictBox(motion, time), between(before.localisation.box, localisation.box, share));
    }
    record.motion = predictBox(motion, pts);
  }
  record.motion = correctBox(record.motion, localisation.box);
  record.seenMotion = record.motion;
  record.evidence = addEvidence(record.evidence, localisation.evidence, pts - before.pts, namer);
  record.observations = [...record.observations.slice(-DIRECTION_SPAN), observation];
  record.missed = [];
  record.hits++;
}
