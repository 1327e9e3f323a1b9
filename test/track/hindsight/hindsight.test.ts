import { describe, expect, it } from 'vitest';
import { type FrameTracks, hindsight } from '../../../src/track/hindsight/hindsight.ts';
import { createTracker } from '../../../src/track/tracker.ts';
import type { Box, ClassScore, Localisation } from '../../../src/types.ts';
import { boxAt, display, seen } from '../scene.ts';

const options = { display, minScore: 0 };

function follow(frames: readonly (readonly Localisation[])[]): FrameTracks[] {
  const tracker = createTracker();
  return frames.map((localisations, frame) => {
    const pts = frame / 25;
    return { pts, tracks: tracker.update({ pts, display, localisations }) };
  });
}

const frames = <T>(count: number, make: (frame: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const centreX = (box: Box) => (box[0] + box[2]) / 2;

describe('in hindsight', () => {
  it('a track is there from its first observation to its last, gaps filled', () => {
    const told = hindsight(
      follow(frames(60, (i) => (i < 5 || (i >= 20 && i < 30) || i >= 50 ? [] : [seen(boxAt(100 + 10 * i, 400))]))),
      options,
    );
    told.forEach(({ tracks }, i) => {
      expect(tracks.map(({ id, state }) => [id, state])).toEqual(i < 5 || i >= 50 ? [] : [[1, 'confirmed']]);
      const [track] = tracks;
      if (!track) return;
      expect(track.measured).toBe(i < 20 || i >= 30);
      expect(Math.abs(centreX(track.box) - (100 + 10 * i))).toBeLessThan(1);
      expect(Math.abs(track.peak.x - centreX(track.box))).toBeLessThan(1e-6);
      expect(track.velocity.x).toBeCloseTo(250, -1);
    });
  });

  it('a box neither lags behind a turn nor shakes', () => {
    const path = (i: number) => 500 + 100 * Math.sin(i / 15);
    const shake = (i: number) => 5 * Math.sin(i * 78.233);
    const lived = follow(frames(60, (i) => [seen(boxAt(path(i) + shake(i), 400))]));
    const error = (told: readonly FrameTracks[]) =>
      told.reduce((sum, { tracks: [track] }, i) => sum + Math.abs(centreX(track!.box) - path(i)), 0) / 60;
    const told = hindsight(lived, options);
    expect(error(told)).toBeLessThan(0.6 * error(lived));
    expect(Math.abs(centreX(told[0]!.tracks[0]!.box) - path(0))).toBeLessThan(6);
  });

  it('what was never confirmed is gone, and ids have no holes', () => {
    const lived = follow(
      frames(60, (i) => [
        ...(i === 3 ? [seen(boxAt(200, 200))] : []),
        ...(i >= 10 ? [seen(boxAt(700, 600))] : []),
        ...(i >= 20 ? [seen(boxAt(300, 600))] : []),
      ]),
    );
    expect(lived.at(-1)!.tracks.map(({ id }) => id)).toEqual([2, 3]);
    const told = hindsight(lived, options);
    expect(told[3]!.tracks).toEqual([]);
    expect(told.at(-1)!.tracks.map(({ id, box }) => [id, Math.round(centreX(box))])).toEqual([
      [1, 700],
      [2, 300],
    ]);
    expect(told[20]!.tracks.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('a track carries the name of most of its life throughout', () => {
    const early: ClassScore[] = [{ classIndex: 1, score: 0.6 }];
    const later: ClassScore[] = [{ classIndex: 2, score: 0.9 }];
    const lived = follow(frames(100, (i) => [seen(boxAt(500, 400), i < 10 ? early : later)]));
    expect(lived[5]!.tracks[0]!.classIndex).toBe(1);
    const told = hindsight(lived, options);
    expect(new Set(told.flatMap(({ tracks }) => tracks.map(({ classIndex }) => classIndex)))).toEqual(new Set([2]));
    expect(new Set(told.flatMap(({ tracks }) => tracks.map(({ score }) => score))).size).toBe(1);
  });

  it('tracks of too low a score are dropped', () => {
    const lived = follow(
      frames(20, () => [seen(boxAt(500, 400)), seen(boxAt(200, 400), [{ classIndex: 0, score: 0.6 }])]),
    );
    const scores = hindsight(lived, { display, minScore: 0.7 })
      .at(-1)!
      .tracks.map(({ score }) => score);
    expect(scores).toEqual([expect.closeTo(0.9, 9)]);
  });

  it('boxes stay inside the display', () => {
    const lived = follow(
      frames(40, (i) => (i % 3 ? [] : [seen([Math.max(0, 300 - 20 * i), 300, 400 - 10 * i + 60, 500])])),
    );
    for (const { tracks } of hindsight(lived, options)) {
      for (const { box } of tracks) expect(box[0] >= 0 && box[2] <= display.width && box[0] < box[2]).toBe(true);
    }
  });

  it('of nothing is nothing', () => {
    expect(hindsight([], options)).toEqual([]);
    expect(hindsight(follow([[], []]), options).map(({ tracks }) => tracks)).toEqual([[], []]);
  });
});
