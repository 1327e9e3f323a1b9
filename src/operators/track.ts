import { defer, map, Observable, type OperatorFunction } from 'rxjs';
import { interpolateTracks } from '../track/hindsight/interpolate.ts';
import { rescaler } from '../track/rescale.ts';
import { createTracker, type TrackerOptions } from '../track/tracker.ts';
import type { Localisation, Track } from '../types.ts';
import { attempt } from './attempt.ts';
import type { LocalisedFrame } from './localise.ts';

/** Options of {@link track}. */
export interface TrackOptions extends Partial<TrackerOptions> {
  /**
   * For frames the network has not seen: `interpolate`, the default, holds them until the next one it has seen and lays
   * the boxes between the two; `predict` passes them on at once with the tracker's prediction.
   */
  readonly between?: 'interpolate' | 'predict';
}

/** A frame and the objects followed through it. */
export interface TrackedFrame extends LocalisedFrame {
  /** By id. */
  readonly tracks: readonly Track[];
}

/** Follows the localisations over time, under ids that stay. */
export function track({
  between = 'interpolate',
  ...options
}: TrackOptions = {}): OperatorFunction<LocalisedFrame, TrackedFrame> {
  return (source) =>
    new Observable((subscriber) => {
      const tracker = createTracker(options);
      const scale = rescaler();
      const gap: { frame: LocalisedFrame; release: () => void }[] = [];
      let before: { pts: number; tracks: readonly Track[] } | undefined;

      function emit(frame: LocalisedFrame, tracks: readonly Track[]): void {
        subscriber.next({ ...frame, tracks: scale.back(tracks, frame.display) });
      }

      function update({ pts, display }: LocalisedFrame, localisations: readonly Localisation[]): readonly Track[] {
        const seen = scale.into(localisations, display);
        return tracker.update({ pts, display: scale.size(display), localisations: seen });
      }

      function fill(tracksAt: (pts: number) => readonly Track[]): void {
        for (const { frame, release } of gap.splice(0)) {
          emit(frame, tracksAt(frame.pts));
          release();
        }
      }

      function take(frame: LocalisedFrame): void {
        const { pts, localisations, late, motion } = frame;
        const carried = motion && between === 'predict' ? tracker.carry(pts, motion) : undefined;
        if (localisations === undefined) {
          if (between === 'predict') emit(frame, carried ?? tracker.predict(pts));
          else gap.push({ frame, release: frame.hold() });
          return;
        }
        const tracks = update(frame, localisations);
        if (!late) {
          const from = before;
          before = { pts, tracks };
          fill((time) =>
            from === undefined ? [] : interpolateTracks(from.tracks, tracks, (time - from.pts) / (pts - from.pts)),
          );
        }
        emit(frame, tracks);
      }

      const subscription = source.subscribe({
        next: (frame) => attempt(subscriber, () => take(frame)),
        error: (error) => subscriber.error(error),
        complete: () =>
          attempt(subscriber, () => {
            fill((time) => tracker.predict(time));
            subscriber.complete();
          }),
      });
      return () => {
        for (const { release } of gap.splice(0)) release();
        subscription.unsubscribe();
      };
    });
}

/** Each localisation as a track of its own, for one frame and under an id never used again: boxes without tracking. */
export function untracked(): OperatorFunction<LocalisedFrame, TrackedFrame> {
  return (source) =>
    defer(() => {
      let count = 0;
      return source.pipe(
        map((frame) => ({
          ...frame,
          tracks: (frame.localisations ?? []).map(
            ({ evidence: _, ...localisation }): Track => ({
              ...localisation,
              id: ++count,
              state: 'confirmed',
              measured: true,
              velocity: { x: 0, y: 0 },
            }),
          ),
        })),
      );
    });
}
