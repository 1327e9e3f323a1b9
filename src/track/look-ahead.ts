import type { Size, Track } from '../types.ts';
import type { FrameTracks } from './hindsight.ts';
import { retold } from './retold.ts';
import { smoothBoxes } from './smooth-boxes.ts';
import type { ObservedTrack } from './tracker.ts';

export interface LookAhead {
  /** Takes what the tracker said of a frame; in order of time. */
  add(frame: FrameTracks): void;
  /**
   * The tracks of a frame that was added, by all that was added after it. Tracks that were confirmed by then are there from
   * their first observation on, others are not; gaps up to the next observation are filled; boxes are smoothed forward and
   * backward; the name is the newest one.
   *
   * @returns all `confirmed`, those in gaps not `measured`. Ids count from 1 in the order in which they are first told.
   */
  tell(pts: number, display: Size): Track[];
  /** Where time goes back or a new source begins: what was added before counts no more. Ids go on. */
  forget(): void;
}

/** Seconds before a frame that count for the smoothing of its boxes. */
const PAST = 1;

/**
 * Tells the tracks of a file's frames again a moment later, knowing how they went on. As {@link hindsight}, which needs to
 * know all, does it for a whole file.
 */
export function lookAhead(): LookAhead {
  let frames: FrameTracks[] = [];
  const ids = new Map<number, number>();

  function told(id: number, position: number, display: Size): Track | undefined {
    const moments = frames.map(({ tracks }) => tracks.find((track) => track.id === id));
    if (!moments.some((track) => track?.state === 'confirmed')) return undefined;
    const first = moments.findIndex((track) => track?.measured);
    const last = moments.findLastIndex((track) => track?.measured);
    if (first < 0 || position < first || position > last) return undefined;
    const measured = moments.map((track) => (track?.measured ? track : undefined));
    const span = measured.slice(first, last + 1);
    const motion = smoothBoxes(
      frames.slice(first, last + 1).map(({ pts }) => pts),
      span.map((track) => track?.observation ?? track?.box),
    )[position - first]!;
    const nearest = measured.slice(0, position + 1).findLast((track): track is ObservedTrack => track !== undefined)!;
    const { classIndex, group, score } = moments[last]!;
    const own = ids.get(id) ?? ids.size + 1;
    ids.set(id, own);
    return {
      ...retold(nearest, motion, measured[position] !== undefined, display),
      id: own,
      classIndex,
      ...(group && { group }),
      score,
    };
  }

  return {
    add(frame) {
      frames.push(frame);
    },
    forget() {
      frames = [];
    },
    tell(pts, display) {
      const start = frames.findIndex((frame) => frame.pts > pts - PAST);
      frames = frames.slice(Math.max(start, 0));
      const position = frames.findIndex((frame) => frame.pts === pts);
      const known = [...new Set(frames.flatMap(({ tracks }) => tracks.map(({ id }) => id)))].sort((a, b) => a - b);
      return known.flatMap((id) => told(id, position, display) ?? []).sort((a, b) => a.id - b.id);
    },
  };
}
