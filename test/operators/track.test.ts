import { concatMap, from, map, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { SourceFrame } from '../../src/media/source.ts';
import type { LocalisedFrame } from '../../src/operators/localise.ts';
import { type TrackedFrame, type TrackOptions, track, untracked } from '../../src/operators/track.ts';
import type { Localisation, ModelInput } from '../../src/types.ts';
import { DISPLAY, feed, leftSides, localisationAt } from './support/frames.ts';

/** A feed whose seen frames have an object that moves 10 pixels a frame. */
function moving(places: (index: number) => Localisation[] = (index) => [localisationAt(100 + 10 * index)]) {
  const source = feed();
  return {
    ...source,
    localised: source.frames.pipe(
      map(
        (frame): LocalisedFrame =>
          frame.input === undefined ? frame : { ...frame, localisations: places(frame.index) },
      ),
    ),
  };
}

function follow(options?: TrackOptions, places?: (index: number) => Localisation[]) {
  const source = moving(places);
  const out: TrackedFrame[] = [];
  const ends: unknown[] = [];
  const subscription = source.localised.pipe(track(options)).subscribe({
    next: (frame) => out.push(frame),
    error: (error) => ends.push(error),
    complete: () => ends.push('complete'),
  });
  return { source, out, ends, subscription, indices: () => out.map(({ index }) => index) };
}

describe('track', () => {
  it('follows an object under one id', () => {
    const { source, out } = follow();
    source.send(6);
    expect(out.map(({ tracks }) => tracks.map(({ id }) => id))).toEqual(Array(6).fill([1]));
    expect(out.at(-1)!.tracks[0]).toMatchObject({ state: 'confirmed', classIndex: 3, measured: true });
  });

  it('lays the boxes of frames the network has not seen between the two it has', () => {
    const { source, out, indices } = follow();
    source.send(12, 4);
    // Frames 9 to 11 wait for frame 12.
    expect(indices()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const left = out.map(({ tracks }) => leftSides(tracks)[0]!);
    for (const frame of [4, 5, 6, 7, 8])
      expect(left[frame]).toBeCloseTo(left[4]! + ((left[8]! - left[4]!) * (frame - 4)) / 4, -0.5);
    expect(out.map(({ tracks }) => tracks[0]!.measured)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((index) => index % 4 === 0),
    );
  });

  it('predicts from what came late', () => {
    const out: TrackedFrame[] = [];
    const source = feed();
    const seen: SourceFrame[] = [];
    source.frames.subscribe((frame) => seen.push(frame));
    source.send(12, 4);
    from(seen)
      .pipe(
        concatMap((frame): LocalisedFrame[] => {
          if (frame.index % 4 !== 3 || frame.index < 8) return frame.index === 0 ? [found(frame, 100)] : [frame];
          return [frame, { ...found(seen[8]!, 120), late: true }];
        }),
        track({ between: 'predict' }),
      )
      .subscribe((frame) => out.push(frame));
    const late = out.at(-1)!;
    expect([late.index, late.late, late.tracks[0]!.measured]).toEqual([8, true, true]);
    expect(out.slice(0, -1).every(({ late }) => late === undefined)).toBe(true);
    expect(leftSides(late.tracks)[0]).toBeGreaterThan(leftSides(out.at(-2)!.tracks)[0]!);

    function found(frame: SourceFrame, x: number): LocalisedFrame {
      return { ...frame, localisations: [localisationAt(x)] };
    }
  });

  it('follows an object over a change of the size', () => {
    const source = feed();
    const out: TrackedFrame[] = [];
    const half = { width: DISPLAY.width / 2, height: DISPLAY.height / 2 };
    source.frames
      .pipe(
        map((frame): LocalisedFrame => {
          const before = frame.index < 3;
          const box = before ? ([100, 100, 180, 180] as const) : ([50, 50, 90, 90] as const);
          const display = before ? DISPLAY : half;
          return { ...frame, display, localisations: [{ ...localisationAt(0), box, peak: { x: box[0], y: box[1] } }] };
        }),
        track({ between: 'predict' }),
      )
      .subscribe((frame) => out.push(frame));
    source.send(6);
    expect(out.map(({ tracks }) => tracks.map(({ id }) => id))).toEqual(Array(6).fill([1]));
    expect(out.map(({ tracks }) => leftSides(tracks)[0])).toEqual([100, 100, 100, 50, 50, 50]);
  });

  it('holds only the frames that wait', () => {
    const { source } = follow();
    source.send(6, 4);
    expect(source.held()).toEqual([5]);
    source.send(3, 4);
    expect(source.held()).toEqual([]);
  });

  it('predicts the boxes behind the last frame the network has seen, and completes', () => {
    const { source, out, ends, indices } = follow();
    source.send(11, 4);
    source.frames.complete();
    expect(indices()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(leftSides(out[10]!.tracks)[0]).toBeGreaterThan(leftSides(out[8]!.tracks)[0]!);
    expect(ends).toEqual(['complete']);
    expect(source.held()).toEqual([]);
  });

  it('predicts at once where it is told not to wait', () => {
    const { source, out, indices } = follow({ between: 'predict' });
    source.send(11, 4);
    expect(indices()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(source.held()).toEqual([]);
    expect(out[10]!.tracks[0]).toMatchObject({ measured: false });
  });

  it('gives frames before the first one the network has seen no tracks', () => {
    const { source, out } = follow();
    source.frames.next(frameAt(-1));
    source.send(1);
    expect(out.map(({ tracks }) => tracks.length)).toEqual([0, 1]);
  });

  it('starts anew for every subscriber', () => {
    const operator = track();
    for (let round = 0; round < 2; round++) {
      const source = moving();
      const ids: number[] = [];
      source.localised.pipe(operator).subscribe(({ tracks }) => ids.push(...tracks.map(({ id }) => id)));
      source.send(2);
      expect(ids).toEqual([1, 1]);
    }
  });

  it('lets the waiting frames go on an error, and when nobody listens any more', () => {
    const failing = follow();
    failing.source.send(7, 4);
    failing.source.frames.error(new Error('lost'));
    expect(failing.ends).toEqual([new Error('lost')]);
    expect(failing.source.held()).toEqual([]);
    const left = follow();
    left.source.send(7, 4);
    left.subscription.unsubscribe();
    expect(left.source.held()).toEqual([]);
  });

  it('lets them go where its subscriber ends the stream in their midst', () => {
    const source = moving();
    const indices: number[] = [];
    source.localised.pipe(track(), take(3)).subscribe(({ index }) => indices.push(index));
    source.send(9, 4);
    expect(indices).toEqual([0, 1, 2]);
    expect(source.held()).toEqual([]);
  });

  it('turns what the tracker refuses into an error of the stream', () => {
    const { source, ends } = follow();
    source.frames.next(frameAt(Number.NaN, { width: 64, height: 64, data: new Uint8Array(0) }));
    expect(ends).toEqual([expect.objectContaining({ code: 'BAD_TIME' })]);
    expect(follow({ lostFor: -1 }).ends).toEqual([expect.objectContaining({ code: 'BAD_OPTION' })]);
  });
});

describe('untracked', () => {
  it('shows each localisation under an id of its own', () => {
    const source = moving((index) => [localisationAt(index), localisationAt(300)]);
    const out: TrackedFrame[] = [];
    source.localised.pipe(untracked()).subscribe((frame) => out.push(frame));
    source.send(3, 2);
    expect(out.map(({ tracks }) => tracks.map(({ id }) => id))).toEqual([[1, 2], [], [3, 4]]);
    expect(out[0]!.tracks[0]).toMatchObject({
      ...withoutEvidence(localisationAt(0)),
      state: 'confirmed',
      measured: true,
    });
  });
});

function withoutEvidence({ evidence: _, ...localisation }: Localisation) {
  return localisation;
}

/** A frame sent by hand; without an input the network has not seen it. */
function frameAt(pts: number, input?: ModelInput): SourceFrame {
  const crop = async () => undefined;
  const frame = { index: 0, pts, ptsUs: 0, display: DISPLAY, hold: () => () => {}, annotate() {}, crop };
  return input === undefined ? frame : { ...frame, input };
}
