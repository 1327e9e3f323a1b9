import { map, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { SourceFrame } from '../../src/media/source.ts';
import type { LocalisedFrame } from '../../src/operators/localise.ts';
import type { TrackedFrame } from '../../src/operators/track.ts';
import { type HindsightTrackOptions, trackInHindsight } from '../../src/operators/track-in-hindsight.ts';
import type { Localisation, MotionField } from '../../src/types.ts';
import { feed, leftSides, localisationAt } from './support/frames.ts';

/** A feed, 0.1 s a frame, whose seen frames have an object that moves 10 pixels a frame. */
function follow(
  options?: HindsightTrackOptions,
  places: (index: number) => Localisation[] = (index) => [localisationAt(100 + 10 * index)],
) {
  const source = feed();
  const out: TrackedFrame[] = [];
  const ends: unknown[] = [];
  const subscription = source.frames
    .pipe(
      map(
        (frame): LocalisedFrame =>
          frame.input === undefined ? frame : { ...frame, localisations: places(frame.index) },
      ),
      trackInHindsight(options),
    )
    .subscribe({
      next: (frame) => out.push(frame),
      error: (error) => ends.push(error),
      complete: () => ends.push('complete'),
    });
  return { source, out, ends, subscription, indices: () => out.map(({ index }) => index) };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('tracking in hindsight', () => {
  it('lets frames out later, in order, and holds them until then', () => {
    const { source, indices, ends } = follow({ seconds: 0.95 });
    source.send(10);
    expect(indices()).toEqual([]);
    source.send(5);
    expect(indices()).toEqual([0, 1, 2, 3, 4]);
    expect(source.held()).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    source.frames.complete();
    expect(indices()).toEqual(upTo(15));
    expect([source.held(), ends]).toEqual([[], ['complete']]);
  });

  it('holds no more frames than it may', () => {
    const { source, indices } = follow({ frames: 3 });
    source.send(8);
    expect(indices()).toEqual([0, 1, 2, 3]);
    expect(source.held()).toEqual([4, 5, 6, 7]);
  });

  it('holds those that wait for the next one the network sees, however many', () => {
    const { source, indices } = follow({ frames: 1 });
    source.send(10, 10);
    expect(indices()).toEqual([0]);
    source.send(1);
    expect(indices()).toEqual(upTo(9));
  });

  it('waits for none where the motion of those that it does not see is known', () => {
    const source = feed();
    const out: number[] = [];
    source.frames
      .pipe(
        map(
          (frame): LocalisedFrame =>
            frame.input === undefined
              ? { ...frame, motion: movedBy(frame.pts - 0.1, 10) }
              : { ...frame, localisations: [localisationAt(100 + 10 * frame.index)] },
        ),
        trackInHindsight({ frames: 3 }),
      )
      .subscribe(({ index }) => out.push(index));
    source.send(10, 10);
    expect(out).toEqual(upTo(6));
    expect(source.held()).toEqual([6, 7, 8, 9]);
  });

  it('shows a track from its first frame on, and one that comes to nothing never', () => {
    const ghost = { ...localisationAt(500), classIndex: 5 };
    const { source, out } = follow({}, (index) => [
      ...(index < 3 ? [] : [localisationAt(100 + 10 * index)]),
      ...(index === 6 ? [ghost] : []),
    ]);
    source.send(20);
    source.frames.complete();
    expect(out.map(({ tracks }) => tracks.map(({ id }) => id))).toEqual(
      upTo(20).map((index) => (index < 3 ? [] : [1])),
    );
  });

  it('fills a gap, and ends a track with its last observation', () => {
    const { source, out } = follow({}, (index) =>
      (index > 5 && index < 9) || index > 15 ? [] : [localisationAt(100)],
    );
    source.send(25);
    source.frames.complete();
    const shown = out.map(({ tracks: [track] }) => track?.measured);
    expect(shown).toEqual(upTo(25).map((index) => (index > 15 ? undefined : index < 6 || index > 8)));
  });

  it('names a track by what it settles on', () => {
    const name = (index: number) => (index < 4 ? 2 : 3);
    const { source, out } = follow({}, (index) => [
      { ...localisationAt(100), evidence: [{ classIndex: name(index), score: 0.9 }], classIndex: name(index) },
    ]);
    source.send(30);
    source.frames.complete();
    expect(new Set(out.map(({ tracks }) => tracks[0]!.classIndex))).toEqual(new Set([3]));
  });

  it('lays boxes between those the network has seen, and goes on at the end', () => {
    const { source, out } = follow();
    source.send(24, 4);
    source.frames.complete();
    const left = out.map(({ tracks }) => leftSides(tracks)[0]!);
    for (const [index, x] of left.entries()) expect(Math.abs(x - (100 + 10 * index))).toBeLessThan(6);
    expect(out.map(({ tracks }) => tracks[0]!.measured)).toEqual(upTo(24).map((index) => index % 4 === 0));
  });

  it('does not lag behind a turn', () => {
    const path = (index: number) => 300 + 150 * Math.sin(index / 6);
    const { source, out } = follow({}, (index) => [localisationAt(path(index))]);
    source.send(60);
    source.frames.complete();
    for (const { index, tracks } of out) expect(Math.abs(tracks[0]!.box[0] - path(index))).toBeLessThan(20);
  });

  it('lets all frames go when nobody listens any more, or something fails', () => {
    const { source, subscription } = follow();
    source.send(15);
    subscription.unsubscribe();
    expect(source.held()).toEqual([]);
    const failing = follow();
    failing.source.send(5);
    failing.source.frames.error(new Error('lost'));
    expect([failing.source.held(), failing.ends]).toEqual([[], [new Error('lost')]]);
    const short = feed();
    short.frames
      .pipe(
        map((frame): LocalisedFrame => ({ ...frame, localisations: [] })),
        trackInHindsight({ frames: 0 }),
        take(1),
      )
      .subscribe();
    short.send(3);
    expect(short.held()).toEqual([]);
  });
});

/** A field in which everything moves alike. */
function movedBy(since: number, x: number): MotionField {
  const data = new Int16Array(2 * 20 * 15);
  for (let cell = 0; cell < data.length; cell += 2) data[cell] = 16 * x;
  return { since, rows: 15, cols: 20, data };
}

/** What comes out for frames of which every nth has an input, with what is told of each. */
function followed(count: number, every: number, told: (frame: SourceFrame) => Partial<LocalisedFrame>): TrackedFrame[] {
  const source = feed();
  const out: TrackedFrame[] = [];
  source.frames
    .pipe(
      map((frame): LocalisedFrame => ({ ...frame, ...told(frame) })),
      trackInHindsight(),
    )
    .subscribe((frame) => out.push(frame));
  source.send(count, every);
  source.frames.complete();
  return out;
}

describe('the motion of the picture', () => {
  /** An object that stands still, darts 40 pixels to the right from frame 10 to 12, and stands again. */
  const place = (index: number) => 100 + 20 * Math.min(Math.max(index - 10, 0), 2);

  function darting(withMotion: boolean): TrackedFrame[] {
    return followed(25, 8, ({ index, pts, input }) => ({
      ...(withMotion && index > 0 ? { motion: movedBy(pts - 0.1, place(index) - place(index - 1)) } : {}),
      ...(input === undefined ? {} : { localisations: [localisationAt(place(index))] }),
    }));
  }

  it('carries boxes between the frames that the network sees', () => {
    const off = (frames: TrackedFrame[]) =>
      Math.max(
        ...frames
          .filter(({ index }) => index < 24)
          .map(({ index, tracks }) => Math.abs(tracks[0]!.box[0] - place(index))),
      );
    expect(off(darting(true))).toBeLessThan(12);
    expect(off(darting(false))).toBeGreaterThan(15);
  });

  it('carries them on after the last', () => {
    const out = followed(12, 6, ({ index, pts, input }) => ({
      ...(index > 0 ? { motion: movedBy(pts - 0.1, index > 6 ? 12 : 0) } : {}),
      ...(input === undefined ? {} : { localisations: [localisationAt(100)] }),
    }));
    expect(leftSides(out[11]!.tracks)[0]).toBeGreaterThan(140);
    expect(out[11]!.tracks[0]!.measured).toBe(false);
  });
});
