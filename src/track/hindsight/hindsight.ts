import type { Size, Track } from '../../types.ts';
import type { ObservedTrack } from '../tracker.ts';
import { retold } from './retold.ts';
import { smoothBoxes } from './smooth-boxes.ts';

/** A frame the network has seen and what the tracker said of it. */
export interface FrameTracks {
  readonly pts: number;
  readonly tracks: readonly ObservedTrack[];
}

export interface HindsightOptions {
  readonly display: Size;
  /** Tracks whose mean score stays below this are dropped, 0 to 1. */
  readonly minScore: number;
}

/**
 * Tells the tracks of a whole file again, knowing how they went on.
 *
 * Tracks that were never confirmed are gone; the others are there from their first observation to their last, the gaps
 * between filled, and carry one name. Boxes are smoothed forward and backward (Rauch-Tung-Striebel), so that they neither
 * shake nor lag. Ids count from 1 again, without holes, in the order in which the tracks begin.
 *
 * @param frames Every update of one tracker, in order of time; a tracker that began anew midway is two calls.
 * @returns One for each of the given frames; all tracks `confirmed`, those in gaps not `measured`.
 */
export function hindsight(frames: readonly FrameTracks[], options: HindsightOptions): FrameTracks[] {
  const told: Track[][] = frames.map(() => []);
  let id = 0;
  for (const life of livesOf(frames)) {
    if (!life.some(({ track }) => track.state === 'confirmed')) continue;
    const name = nameOf(life);
    if (name.score < options.minScore) continue;
    id++;
    retell(life, frames, options.display).forEach(({ frame, track }) => {
      told[frame]!.push({ ...track, ...name, id });
    });
  }
  return frames.map(({ pts }, frame) => ({ pts, tracks: told[frame]! }));
}

/** A track at one frame, by the frame's number. */
interface Moment {
  readonly frame: number;
  readonly track: ObservedTrack;
}

/** The measured moments of each track, by id and so in order of birth. */
function livesOf(frames: readonly FrameTracks[]): Moment[][] {
  const lives = new Map<number, Moment[]>();
  frames.forEach(({ tracks }, frame) => {
    for (const track of tracks) {
      if (!track.measured) continue;
      const life = lives.get(track.id);
      if (life) life.push({ frame, track });
      else lives.set(track.id, [{ frame, track }]);
    }
  });
  return [...lives].sort(([a], [b]) => a - b).map(([, life]) => life);
}

/** The class or group that named a track through most of its life, and its mean score under that name. */
function nameOf(life: readonly Moment[]): Pick<Track, 'classIndex' | 'group' | 'score'> {
  const named = new Map<unknown, Track[]>();
  for (const { track } of life) {
    const key = track.group ?? track.classIndex;
    const known = named.get(key);
    if (known) known.push(track);
    else named.set(key, [track]);
  }
  const sum = (tracks: readonly Track[]) => tracks.reduce((total, { score }) => total + score, 0);
  const tracks = [...named.values()].reduce((best, one) => (sum(one) > sum(best) ? one : best));
  const { classIndex, group } = tracks[tracks.length - 1]!;
  return { classIndex, ...(group && { group }), score: sum(tracks) / tracks.length };
}

/** A track's moments from its first to its last, boxes smoothed. */
function retell(life: readonly Moment[], frames: readonly FrameTracks[], display: Size): Moment[] {
  const first = life[0]!.frame;
  const span = frames.slice(first, life[life.length - 1]!.frame + 1);
  const measured = new Map(life.map(({ frame, track }) => [frame - first, track]));
  const motions = smoothBoxes(
    span.map(({ pts }) => pts),
    span.map((_, step) => measured.get(step)?.observation ?? measured.get(step)?.box),
  );
  let last = life[0]!.track;
  return motions.map((motion, step) => {
    last = measured.get(step) ?? last;
    return { frame: first + step, track: retold(last, motion, measured.has(step), display) };
  });
}
