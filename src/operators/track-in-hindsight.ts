import { Observable, type OperatorFunction } from 'rxjs';
import { clock, type Note } from '../threads/notes.ts';
import { clip } from '../track/boxes.ts';
import { interpolateTracks } from '../track/hindsight/interpolate.ts';
import { lookAhead } from '../track/hindsight/look-ahead.ts';
import { createTracker, type TrackerOptions } from '../track/tracker.ts';
import type { Size, Track } from '../types.ts';
import { attempt } from './attempt.ts';
import type { LocalisedFrame } from './localise.ts';
import type { TrackedFrame } from './track.ts';

/** Options of {@link trackInHindsight}. */
export interface HindsightTrackOptions extends Partial<TrackerOptions> {
  /** Seconds by which frames come out later, so that what follows counts for them. */
  readonly seconds?: number;
  /**
   * How many frames are held for that at most; between two that the network sees, more if need be. Defaults to what the
   * credits of the source allow.
   */
  readonly frames?: number;
  /** Called with what was done when. */
  readonly note?: Note;
}

/** What a second tells of a track is enough for its name. */
export const HINDSIGHT_SECONDS = 1;

interface Waiting {
  readonly frame: LocalisedFrame;
  readonly release: () => void;
  /** Whether the tracker was told of it: the network has seen it, or its motion is known. */
  readonly known: boolean;
}

/**
 * Follows the localisations of a file over time, under ids that stay, each frame with the knowledge of those that follow
 * it: names are the ones that tracks settle on, tracks that come to nothing never show, boxes do not lag. Boxes of frames
 * the network has not seen are laid between the ones before and after.
 */
export function trackInHindsight({
  seconds = HINDSIGHT_SECONDS,
  frames,
  note,
  ...options
}: HindsightTrackOptions = {}): OperatorFunction<LocalisedFrame, TrackedFrame> {
  return (source) =>
    new Observable((subscriber) => {
      const tracker = createTracker(options);
      const waiting: Waiting[] = [];
      const ahead = lookAhead();
      let newest = Number.NEGATIVE_INFINITY;
      let before: { readonly pts: number; readonly tracks: readonly Track[] } | undefined;

      function take(frame: LocalisedFrame): void {
        const { pts, display, localisations, motion } = frame;
        if (pts < newest) flush();
        newest = pts;
        waiting.push({ frame, release: frame.hold(), known: localisations !== undefined || motion !== undefined });
        const began = clock();
        const carried = motion && tracker.carry(pts, motion);
        if (localisations !== undefined) {
          ahead.add({ pts, tracks: tracker.update({ pts, display, localisations }), seen: true });
        } else if (carried) ahead.add({ pts, tracks: carried, seen: false });
        note?.('track', began, frame.ptsUs);
        if (localisations !== undefined) while (waiting.length > 1 && pts - waiting[0]!.frame.pts >= seconds) emit();
        const most = frames ?? shareOf(frame.credits);
        while (waiting.length > most + 1 && waiting.some(({ known }) => known)) emit();
      }

      function emit(): void {
        const { frame, release, known } = waiting.shift()!;
        const began = clock();
        const tracks = tracksOf(frame, known);
        note?.('hindsight', began, frame.ptsUs);
        subscriber.next({ ...frame, tracks });
        release();
      }

      function tracksOf({ pts, display }: LocalisedFrame, known: boolean): readonly Track[] {
        if (known) {
          before = { pts, tracks: ahead.tell(pts, display) };
          return before.tracks;
        }
        if (before === undefined) return [];
        const next = waiting.find((one) => one.known)?.frame;
        if (next === undefined) return before.tracks.map((track) => carriedOn(track, pts - before!.pts, display));
        return interpolateTracks(
          before.tracks,
          ahead.tell(next.pts, display),
          (pts - before.pts) / (next.pts - before.pts),
        );
      }

      /** What is held comes out; nothing of it counts for what follows. */
      function flush(): void {
        while (waiting.length > 0) emit();
        ahead.forget();
        before = undefined;
      }

      const subscription = source.subscribe({
        next: (frame) => attempt(subscriber, () => take(frame)),
        error: (error) => subscriber.error(error),
        complete: () =>
          attempt(subscriber, () => {
            flush();
            subscriber.complete();
          }),
      });
      return () => {
        for (const { release } of waiting.splice(0)) release();
        subscription.unsubscribe();
      };
    });
}

/** How many of a source's frames may wait here, so that some are left for the network. */
function shareOf(credits = Number.POSITIVE_INFINITY): number {
  return Math.max(1, Math.floor((credits * 2) / 3));
}

/** A track moved on by its velocity. */
function carriedOn(track: Track, seconds: number, display: Size): Track {
  const [x, y] = [track.velocity.x * seconds, track.velocity.y * seconds];
  const [x0, y0, x1, y1] = track.box;
  return {
    ...track,
    box: clip([x0 + x, y0 + y, x1 + x, y1 + y], display),
    peak: { x: track.peak.x + x, y: track.peak.y + y },
    measured: false,
  };
}
