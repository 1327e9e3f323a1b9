import { checkOption, HeatboxError } from '../error.ts';
import type { Box, Localisation, MotionField, Namer, Size, Track, TrackState } from '../types.ts';
import { associate } from './association/associate.ts';
import { type BoxMotion, boxOf, holdBox, loosenBox, predictBox, startBox, steerBox, velocityOf } from './box-motion.ts';
import { carry, clip, isUsable } from './boxes.ts';
import { carryOf, type Shift } from './carry.ts';
import { scoreOf, strongest } from './evidence.ts';
import { findJumped, findLost } from './recover.ts';
import { lastSeen, observe, startRecord, type TrackRecord } from './track-record.ts';

/** Options of {@link createTracker}. */
export interface TrackerOptions {
  /** Localisations from this score on start tracks; weaker ones only continue them. */
  readonly sureScore: number;
  /** How many localisations confirm a track. */
  readonly confirmHits: number;
  /** Seconds after which a track that is not seen again ends. */
  readonly lostFor: number;
  /** Names tracks by groups of classes; by single classes where absent. */
  readonly namer?: Namer;
}

/** What one frame brings. */
export interface TrackerInput {
  /** Seconds of the source clock. */
  readonly pts: number;
  /** Pixels of the frame as displayed. */
  readonly display: Size;
  /** What the network found in it. */
  readonly localisations: readonly Localisation[];
}

/** A track with the box it was last measured by, which smoothing in hindsight starts from. */
export interface ObservedTrack extends Track {
  /** The box of this frame's localisation, where there is one; the track's own box is filtered from it. */
  readonly observation?: Box;
  /** How what is in its box moved since the tracker was last told of a frame. */
  readonly shift?: Shift;
}

/** Follows localisations over time. */
export interface Tracker {
  /**
   * Takes in a frame the network has seen. Frames may come at any interval; one that lies before the frame before it (a
   * seek, a loop) ends all tracks first.
   *
   * @returns Every track, by id: those alive, and once those that end with this frame, their state `ended`.
   * @throws HeatboxError `BAD_TIME` where `pts` is not finite.
   */
  update(input: TrackerInput): ObservedTrack[];
  /**
   * Takes in how the picture moved up to a frame: the network may see it too, or not. Before `update`, where it does.
   *
   * @returns every track alive, by id, carried on to that frame.
   */
  carry(pts: number, field: MotionField): ObservedTrack[];
  /** The tracks carried on to a frame the network has not seen. Changes nothing. */
  predict(pts: number): Track[];
}

const TRACKER_DEFAULTS: TrackerOptions = { sureScore: 0.25, confirmHits: 3, lostFor: 2 };

/** Least overlap with a sure and with an unsure localisation. */
const MIN_OVERLAP = 0.3;
const MIN_OVERLAP_UNSURE = 0.5;

/** How many classes a track tells that it could be. */
const SHOWN_CLASSES = 5;

/** A track is shown on as confirmed through gaps of this many seconds. */
const COAST = 0.2;

/**
 * Seconds for which a further region of what is followed already must last to be an object of its own: a class activation
 * map often falls in two where an object is near, and lights now the one part, now the other.
 */
const SIBLING = 1.5;

/** Times differ by less than this through rounding alone, and must not decide whether 0.6 s at 25 fps are 15 frames or 16. */
const SAME_TIME = 1e-6;

/** Below this number of missed updates a track does not end, however long they took: time-lapse has seconds between frames. */
const MIN_MISSES = 3;

/**
 * Follows localisations over time.
 *
 * Kalman filters with the true time between frames; association in rounds, sure localisations before unsure ones (the
 * idea of ByteTrack, Zhang et al., arXiv 2110.06864), each optimal; momentum and re-update by observations (OC-SORT, Cao
 * et al., arXiv 2203.14360); a name from the evidence of the track's life. The order of a frame's localisations does not
 * matter. Localisations with an empty or non-finite box, or one outside the display, are ignored. One function, since its
 * parts share the tracks and the time of the last frame.
 *
 * @throws HeatboxError `BAD_OPTION` where an option is out of range.
 */
export function createTracker(options: Partial<TrackerOptions> = {}): Tracker {
  const { sureScore, confirmHits, lostFor, namer } = checked({
    sureScore: options.sureScore ?? TRACKER_DEFAULTS.sureScore,
    confirmHits: options.confirmHits ?? TRACKER_DEFAULTS.confirmHits,
    lostFor: options.lostFor ?? TRACKER_DEFAULTS.lostFor,
    namer: options.namer,
  });
  let records: TrackRecord[] = [];
  let display: Size = { width: 0, height: 0 };
  let newest = Number.NEGATIVE_INFINITY;
  let nextId = 1;

  function update(input: TrackerInput): ObservedTrack[] {
    const { pts } = input;
    if (!Number.isFinite(pts))
      throw new HeatboxError('BAD_TIME', `a frame's time must be finite, not ${pts}`, { value: pts });
    display = input.display;
    if (pts < newest) for (const record of records) record.state = 'ended';
    // Where nothing was seen before there is nothing to doubt the first tracks by, and a still image has but one frame.
    const bornAs = pts < newest || newest === Number.NEGATIVE_INFINITY ? 'confirmed' : 'tentative';
    newest = pts;
    for (const record of records) if (record.state !== 'ended') advance(record);
    const unmatched = matchAll(
      input.localisations.filter((one) => isUsable(clip(one.box, display)) && isKnown(one)).sort(byScoreThenPlace),
    );
    const born = unmatched.map((localisation) =>
      startRecord(nextId++, { pts, localisation }, bornAs, { namer, sibling: isSibling(localisation) }),
    );
    const all = [...records, ...born];
    for (const record of all) record.state = stateAt(record, pts);
    records = all.filter(({ state }) => state !== 'ended');
    return all.map((record) => describe(record, record.motion, record.state));
  }

  /** Whether another localisation of this frame's same group went to a track that is known. */
  function isSibling({ group }: Localisation): boolean {
    return records.some((record) => {
      const { pts, localisation } = lastSeen(record);
      return group !== undefined && record.state !== 'tentative' && pts === newest && localisation.group === group;
    });
  }

  /** Predicts a record to the newest frame; ends it where it was not seen for too long. */
  function advance(record: TrackRecord): void {
    const patience = record.state === 'tentative' ? COAST : lostFor;
    const forgotten = record.missed.length >= MIN_MISSES && newest - lastSeen(record).pts > patience + SAME_TIME;
    if (newest > record.motion.pts) record.shift = undefined;
    if (forgotten) record.state = 'ended';
    else record.motion = motionAt(record, newest);
  }

  /** Where a record should be by now; what would be outside the display waits where it left. */
  function motionAt({ motion }: TrackRecord, pts: number): BoxMotion {
    const predicted = predictBox(motion, pts);
    return isUsable(clip(boxOf(predicted), display)) ? predicted : holdBox(motion, predicted.pts);
  }

  /** Moves every record on as what is in its box moved, where the field begins at the moment it is at. */
  function carryOn(pts: number, field: MotionField): ObservedTrack[] {
    for (const record of records) {
      const { motion } = record;
      const seconds = pts - motion.pts;
      record.shift = undefined;
      if (!(seconds > 0)) continue;
      const shift = shiftOf(motion, field);
      if (shift) record.motion = steerBox(loosenBox(motion), shift, seconds);
      record.motion = motionAt(record, pts);
      record.shift = shift;
    }
    return records.map((record) => describe(record, record.motion, stateAt(record, pts)));
  }

  function shiftOf(motion: BoxMotion, field: MotionField): Shift | undefined {
    if (Math.abs(field.since - motion.pts) > SAME_TIME) return undefined;
    return carryOf(field, boxOf(motion), display);
  }

  /** Runs the rounds of association; returns the sure localisations that belong to no track. */
  function matchAll(found: readonly Localisation[]): Localisation[] {
    const alive = records.filter(({ state }) => state !== 'ended');
    const known = alive.filter(({ state }) => state !== 'tentative');
    const tentative = alive.filter(({ state }) => state === 'tentative');
    const sure = found.filter(({ score }) => score >= sureScore);
    const unsure = found.filter(({ score }) => score < sureScore);
    const taken = new Set<TrackRecord | Localisation>();
    const free = <T extends TrackRecord | Localisation>(items: readonly T[]) =>
      items.filter((item) => !taken.has(item));
    const take = (record: TrackRecord, localisation: Localisation) => {
      taken.add(record).add(localisation);
      observe(record, { pts: newest, localisation }, namer);
    };
    const run = (candidates: readonly TrackRecord[], localisations: readonly Localisation[], minOverlap: number) => {
      for (const { record, localisation } of associate(free(candidates), free(localisations), minOverlap)) {
        take(record, localisation);
      }
    };
    const justSeen = known.filter(({ missed }) => missed.length === 0);
    run(known, sure, MIN_OVERLAP);
    run(justSeen, unsure, MIN_OVERLAP_UNSURE);
    const [sole, ...rest] = free(sure);
    const jumped = sole && rest.length === 0 && taken.size === 0 ? findJumped(known, sole) : undefined;
    if (sole && jumped) {
      take(jumped, sole);
      // It is there at once: a filter would glide over what lies between.
      jumped.motion = jumped.seenMotion = startBox(sole.box, newest);
      for (const record of tentative) if (record.sibling) record.state = 'ended';
    }
    const waiting = tentative.filter(({ state }) => state === 'tentative');
    run(waiting, sure, MIN_OVERLAP);
    run(waiting, unsure, MIN_OVERLAP_UNSURE);
    const [alone, ...others] = free(sure);
    const lost = alone && others.length === 0 && taken.size === 0 ? findLost(known, alone) : undefined;
    if (alone && lost) take(lost, alone);
    for (const record of free(alive)) record.missed.push(newest);
    return free(sure);
  }

  function stateAt(record: TrackRecord, pts: number): TrackState {
    if (record.state === 'ended') return 'ended';
    const young = record.hits < confirmHits || (record.sibling && pts - record.born < SIBLING - SAME_TIME);
    if (record.state === 'tentative' && young) return 'tentative';
    return record.missed.length > 0 && pts - lastSeen(record).pts > COAST + SAME_TIME ? 'lost' : 'confirmed';
  }

  function describe(record: TrackRecord, motion: BoxMotion, state: TrackState): ObservedTrack {
    const { id, evidence } = record;
    const { localisation, pts } = lastSeen(record);
    const box = boxOf(motion);
    const measured = state !== 'ended' && pts === motion.pts;
    return {
      id,
      classIndex: evidence.classIndex,
      ...(evidence.group && { group: evidence.group }),
      score: scoreOf(evidence),
      evidence: strongest(evidence, SHOWN_CLASSES),
      box: clip(box, display),
      state,
      measured,
      peak: carry(localisation.peak, localisation.box, box),
      velocity: velocityOf(motion),
      map: localisation.map,
      ...(measured && { observation: localisation.box }),
      ...(record.shift && { shift: record.shift }),
    };
  }

  return {
    update,
    carry: carryOn,
    predict: (pts) => records.map((record) => describe(record, motionAt(record, pts), stateAt(record, pts))),
  };
}

/** Whether a localisation can be followed: a box with an area, a score. */
function isKnown({ box, score, evidence }: Localisation): boolean {
  return isUsable(box) && Number.isFinite(score) && evidence.length > 0;
}

/** An order of its own, so that the order in which a frame's localisations come does not matter. */
function byScoreThenPlace(a: Localisation, b: Localisation): number {
  const sides = [0, 1, 2, 3] as const;
  const place = sides.map((side) => a.box[side] - b.box[side]).find((difference) => difference !== 0);
  return b.score - a.score || (place ?? a.classIndex - b.classIndex);
}

function checked(options: TrackerOptions): TrackerOptions {
  const { sureScore, confirmHits, lostFor } = options;
  checkOption(sureScore >= 0 && sureScore <= 1, 'sureScore', sureScore, 'between 0 and 1');
  checkOption(Number.isInteger(confirmHits) && confirmHits > 0, 'confirmHits', confirmHits, 'a whole number above 0');
  checkOption(lostFor >= 0, 'lostFor', lostFor, 'at least 0 seconds');
  return options;
}
