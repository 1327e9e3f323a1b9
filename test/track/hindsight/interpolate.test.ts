import { describe, expect, it } from 'vitest';
import { interpolateTracks } from '../../../src/track/hindsight/interpolate.ts';
import type { Track } from '../../../src/types.ts';

const track = (id: number, changed: Partial<Track> = {}): Track => ({
  id,
  classIndex: 7,
  score: 0.5,
  box: [0, 0, 10, 20],
  state: 'confirmed',
  measured: true,
  peak: { x: 5, y: 10 },
  velocity: { x: 0, y: 0 },
  ...changed,
});

describe('between two frames', () => {
  it('a track of both moves linearly', () => {
    const moved = track(1, { box: [10, 0, 40, 40], score: 0.9, peak: { x: 25, y: 20 }, velocity: { x: 8, y: 4 } });
    expect(interpolateTracks([track(1)], [moved], 0.25)).toEqual([
      track(1, {
        box: [2.5, 0, 17.5, 25],
        score: expect.closeTo(0.6, 12),
        measured: false,
        peak: { x: 10, y: 12.5 },
        velocity: { x: 2, y: 1 },
      }),
    ]);
  });

  it('a track that ends stays through the first half, one that begins appears with the second', () => {
    const ids = (share: number) =>
      interpolateTracks([track(1), track(2)], [track(1, { state: 'ended' }), track(2), track(3)], share).map(
        ({ id }) => id,
      );
    expect(ids(0.49)).toEqual([1, 2]);
    expect(ids(0.5)).toEqual([2, 3]);
  });

  it('a track confirmed by the frame after counts as confirmed, one lost by then not yet as lost', () => {
    const state = (from: Track['state'], to: Track['state']) =>
      interpolateTracks([track(1, { state: from })], [track(1, { state: to })], 0.9)[0]!.state;
    expect(state('tentative', 'confirmed')).toBe('confirmed');
    expect(state('confirmed', 'lost')).toBe('confirmed');
    expect(state('lost', 'confirmed')).toBe('lost');
  });

  it('the ends are the given tracks', () => {
    const [before, after] = [[track(1)], [track(1, { score: 0.9 })]];
    expect(interpolateTracks(before, after, 0)).toEqual(before);
    expect(interpolateTracks(before, after, 1)).toEqual(after);
  });
});
