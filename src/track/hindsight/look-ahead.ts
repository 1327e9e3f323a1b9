import type { Size, Track } from '../../types.ts';
import type { ObservedTrack } from '../tracker.ts';
import type { FrameTracks } from './hindsight.ts';
import { retold } from './retold.ts';
import { smoothBoxes } from './smooth-boxes.ts';

/** What the tracker said of a frame. */
export interface KnownFrame extends FrameTracks {
  /** Whether the network has seen it; else its tracks were carried on to it. */
  readonly seen: boolean;
}

export interface LookAhead {
  /** In order of time. */
  add(frame: KnownFrame): void;
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
  let frames: KnownFrame[] = [];
  const ids = new Map<number, number>();

  function told(id: number, position: number, display: Size): Track | undefined {
    const moments = frames.map(({ tracks }) => tracks.find((track) => track.id === id));
    if (!moments.some((track) => track?.state === 'confirmed')) return undefined;
    const first = moments.findIndex((track) => track?.measured);
    let last = moments.findLastIndex((track) => track?.measured);
    // After the last frame seen nothing speaks against it.
    while (moments[last + 1] !== undefined && !frames[last + 1]!.seen) last++;
    if (first < 0 || position < first || position > last) return undefined;
    const measured = moments.map((track) => (track?.measured ? track : undefined));
    const span = measured.slice(first, last + 1);
    const motion = smoothBoxes(
      frames.slice(first, last + 1).map(({ pts }) => pts),
      span.map((track) => track?.observation ?? track?.box),
      moments.slice(first, last + 1).map((track) => track?.shift),
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
