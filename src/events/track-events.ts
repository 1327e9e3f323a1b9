import type { EventDraft, WireClass, WireTrackDetail } from '../protocol/events.ts';
import type { Box, Size, Track } from '../types.ts';
import { pathSummary } from './path-summary.ts';
import { type LabelOf, normaliseBox, wireBox, wireTrack, wireTrackDetail } from './wire-track.ts';

export interface TrackEventsOptions {
  readonly stream: string;
  readonly session: string;
  readonly labelOf: LabelOf;
  /** Path of the JPEG crop of a track's best frame, or null where there is none. */
  readonly cropPath?: (trackId: number) => string | null;
}

/** One frame as the tracker leaves it. */
export interface TrackedFrame {
  /** Seconds of the source clock. */
  readonly pts: number;
  /** From `frameKeys`. */
  readonly ptsUs: number;
  /** Display size in pixels. */
  readonly size: Size;
  /** Whether the network ran on this frame. */
  readonly measured: boolean;
  /** Its boxes were published as predictions already, before the network was done with it. */
  readonly late?: boolean;
  /** All tracks of the frame; tentative ones are not published until they are confirmed. */
  readonly tracks: readonly Track[];
}

export interface TrackEvents {
  /**
   * The events of the next frame, in order: tracks that started, went on, ended, then the frame itself. A late frame has
   * the events of its tracks alone.
   */
  frame(frame: TrackedFrame): EventDraft[];
  /** Ends every track still under way: the stream is over or starts anew. */
  end(): EventDraft[];
}

type At = Pick<TrackedFrame, 'pts' | 'ptsUs' | 'size'>;

interface Life {
  readonly startPts: number;
  readonly path: ReturnType<typeof pathSummary>;
  started: boolean;
  endPts: number;
  endPtsUs: number;
  size: Size;
  labels: readonly WireClass[];
  bounds: Box;
  best: { pts: number; ptsUs: number; score: number; box: Box; size: Size };
  last: WireTrackDetail;
}

/**
 * Turns the tracks of successive frames into events. A track starts when it is first confirmed and ends when its state
 * says so or it is missing; an update comes with every frame that measured it or changed its state, while frames that
 * only predict it appear in `frame` events alone. The best frame is the measured one with the highest score, then the
 * largest box.
 *
 * One function of more than a page: starts, updates and ends follow one map of tracks.
 */
export function trackEvents({ stream, session, labelOf, cropPath }: TrackEventsOptions): TrackEvents {
  const lives = new Map<number, Life>();
  const of = { stream, session };
  let count = 0;

  function frame({ pts, ptsUs, size, measured, late, tracks }: TrackedFrame): EventDraft[] {
    const at = { ...of, pts, ptsUs, size };
    const drafts: EventDraft[] = [];
    const present = new Set<number>();
    for (const track of tracks) {
      if (track.state === 'ended') continue;
      present.add(track.id);
      const draft = follow(track, at);
      if (draft) drafts.push(draft);
    }
    for (const [id, life] of lives) {
      if (present.has(id)) continue;
      lives.delete(id);
      if (life.started) drafts.push(ended(life));
    }
    if (late) return drafts;
    drafts.push({
      ...at,
      type: 'frame',
      frame: count++,
      measured,
      tracks: tracks.filter(published).map((track) => wireTrack(track, size, labelOf)),
    });
    return drafts;
  }

  /** What a frame says of one track. */
  function follow(track: Track, at: At & { stream: string; session: string }): EventDraft | undefined {
    const life = lives.get(track.id) ?? newLife(track, at, labelOf);
    lives.set(track.id, life);
    const before = life.last.state;
    life.last = wireTrackDetail(track, at.size, labelOf);
    life.labels = named(life.labels, life.last);
    if (track.measured) witness(life, track, at);
    const begins = !life.started && track.state === 'confirmed';
    if (!begins && !(life.started && (track.measured || track.state !== before))) return undefined;
    life.started = true;
    life.bounds = sameSize(life.size, at.size) ? union(life.bounds, track.box) : track.box;
    life.size = at.size;
    return { ...at, type: begins ? 'track.started' : 'track.updated', track: life.last };
  }

  function end(): EventDraft[] {
    const drafts = [...lives.values()].filter((life) => life.started).map(ended);
    lives.clear();
    return drafts;
  }

  function ended(life: Life): EventDraft {
    const { best, bounds, size, last, labels, startPts, endPts, endPtsUs, path } = life;
    return {
      ...of,
      type: 'track.ended',
      pts: endPts,
      ptsUs: endPtsUs,
      size,
      track: { ...last, state: 'ended' },
      labels: [...labels],
      startPts,
      endPts,
      duration: Math.round((endPts - startPts) * 1e6) / 1e6,
      bounds: wireBox(bounds),
      boundsNorm: normaliseBox(bounds, size),
      path: path.points(),
      best: {
        pts: best.pts,
        ptsUs: best.ptsUs,
        score: Math.round(best.score * 1e4) / 1e4,
        box: wireBox(best.box),
        boxNorm: normaliseBox(best.box, best.size),
        crop: cropPath?.(last.id) ?? null,
      },
    };
  }

  return { frame, end };
}

function newLife(track: Track, { pts, ptsUs, size }: At, labelOf: LabelOf): Life {
  const { box, score } = track;
  const path = pathSummary();
  path.add(pts, box);
  return {
    startPts: pts,
    endPts: pts,
    endPtsUs: ptsUs,
    started: false,
    size,
    bounds: box,
    labels: [],
    path,
    best: { pts, ptsUs, score, box, size },
    last: wireTrackDetail(track, size, labelOf),
  };
}

/** Notes what a frame that measured the track adds to it; such frames may come late, after others. */
function witness(life: Life, { box, score }: Track, { pts, ptsUs, size }: At): void {
  if (pts > life.endPts) {
    life.path.add(pts, box);
    life.endPts = pts;
    life.endPtsUs = ptsUs;
  }
  const better = score - life.best.score || area(box) - area(life.best.box);
  if (better > 0) life.best = { pts, ptsUs, score, box, size };
}

function published(track: Track): boolean {
  return track.state === 'confirmed' || track.state === 'lost';
}

function named(labels: readonly WireClass[], { label, wnid, classIndex }: WireTrackDetail): readonly WireClass[] {
  const same = (other: WireClass | undefined) => other?.label === label && other.wnid === wnid;
  if (same(labels[0])) return labels;
  const others = labels.filter((other) => !same(other));
  return [{ label, wnid, classIndex }, ...others].slice(0, 16);
}

function union(a: Box, b: Box): Box {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

function area([x0, y0, x1, y1]: Box): number {
  return (x1 - x0) * (y1 - y0);
}
