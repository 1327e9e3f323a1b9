import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameKeys } from '../../src/events/frame-key.ts';
import { pathSummary } from '../../src/events/path-summary.ts';
import { trackEvents } from '../../src/events/track-events.ts';
import { type EventDraft, type EventType, eventSchema } from '../../src/protocol/events.ts';

import type { Track } from '../../src/types.ts';
import { labelOf, track } from './support/synthetic.ts';

const SIZE = { width: 1000, height: 500 };

/** Feeds frames of tracks, 0.1 s apart, and returns the drafts of each. */
function feed(frames: readonly (readonly Track[])[]) {
  const events = trackEvents({ stream: 'door', session: 's', labelOf, cropPath: (id) => `/crops/${id}` });
  const drafts = frames.map((tracks, index) =>
    events.frame({ pts: index / 10, ptsUs: index * 100_000, size: SIZE, measured: true, tracks }),
  );
  return { drafts, end: events.end() };
}

function types(drafts: readonly EventDraft[]): EventType[] {
  return drafts.map(({ type }) => type);
}

function only<T extends EventType>(drafts: readonly EventDraft[], type: T): Extract<EventDraft, { type: T }> {
  const found = drafts.filter((draft) => draft.type === type);
  expect(found.length).toBe(1);
  return found[0] as Extract<EventDraft, { type: T }>;
}

function seen(change: Partial<Track> = {}): Track {
  return track(1, 0, { box: [100, 100, 200, 200], ...change });
}

describe('the life of a track', () => {
  test('begins with its confirmation, not before', () => {
    const { drafts } = feed([[seen({ state: 'tentative' })], [seen({ state: 'tentative' })], [seen()], [seen()]]);
    expect(drafts.map(types)).toEqual([['frame'], ['frame'], ['track.started', 'frame'], ['track.updated', 'frame']]);
  });

  test('that was never confirmed is never mentioned', () => {
    const { drafts, end } = feed([[seen({ state: 'tentative' })], []]);
    expect([...drafts.flat(), ...end].filter(({ type }) => type !== 'frame')).toEqual([]);
    expect(drafts.flat().flatMap((draft) => (draft.type === 'frame' ? draft.tracks : []))).toEqual([]);
  });

  test('goes on with what was measured and with changes of state; predictions stand in frames alone', () => {
    const lost = seen({ state: 'lost', measured: false });
    const { drafts } = feed([[seen()], [seen({ measured: false })], [lost], [lost], [seen()]]);
    expect(drafts.map(types)).toEqual([
      ['track.started', 'frame'],
      ['frame'],
      ['track.updated', 'frame'],
      ['frame'],
      ['track.updated', 'frame'],
    ]);
    expect(only(drafts[1] as EventDraft[], 'frame').tracks).toMatchObject([{ id: 1, measured: false }]);
  });

  test.each([
    ['its state says so', [seen({ state: 'ended', measured: false })]],
    ['it is missing', []],
  ])('ends when %s', (_, last) => {
    const { drafts, end } = feed([[seen({ state: 'tentative' })], [seen()], [seen()], last, []]);
    expect(types(drafts[3] as EventDraft[])).toEqual(['track.ended', 'frame']);
    expect(only(drafts[3] as EventDraft[], 'track.ended')).toMatchObject({
      pts: 0.2,
      startPts: 0,
      endPts: 0.2,
      duration: 0.2,
      track: { id: 1, state: 'ended' },
    });
    expect(end).toEqual([]);
  });

  test('takes what the network says late: updates, duration, best frame, but no second frame', () => {
    const events = trackEvents({ stream: 'door', session: 's', labelOf });
    const at = (index: number, tracks: Track[], late = false) =>
      events.frame({ pts: index / 10, ptsUs: index * 100_000, size: SIZE, measured: late, late, tracks });
    at(0, []);
    at(1, []);
    expect(types(at(0, [seen()], true))).toEqual(['track.started']);
    expect(types(at(2, [seen({ measured: false })]))).toEqual(['frame']);
    expect(types(at(1, [seen({ score: 0.9 })], true))).toEqual(['track.updated']);
    expect(only(at(3, []), 'frame').frame).toBe(3);
    const again = trackEvents({ stream: 'door', session: 's', labelOf });
    for (const index of [4, 2])
      again.frame({
        pts: index / 10,
        ptsUs: index * 100_000,
        size: SIZE,
        measured: true,
        late: true,
        tracks: [seen()],
      });
    expect(only(again.end(), 'track.ended')).toMatchObject({ endPts: 0.4, pts: 0.4, ptsUs: 400_000 });
  });

  test('ends with the stream at the latest', () => {
    const { end } = feed([[seen(), track(2, 0)], [seen()]]);
    expect(end).toMatchObject([{ type: 'track.ended', track: { id: 1 } }]);
  });

  test('is summed up: best frame, bounds, names, path', () => {
    const { end } = feed([
      [seen({ score: 0.5, classIndex: 0 })],
      [seen({ score: 0.9, classIndex: 1, box: [300, 100, 400, 200] })],
      [seen({ score: 0.9, classIndex: 1, box: [500, 100, 650, 200] })],
      [seen({ score: 0.7, classIndex: 1, box: [600, 100, 700, 250] })],
      [seen({ score: 0.99, measured: false, box: [0, 0, 1000, 500] })],
    ]);
    expect(only(end, 'track.ended')).toMatchObject({
      best: { pts: 0.2, ptsUs: 200_000, score: 0.9, box: [500, 100, 650, 200], crop: '/crops/1' },
      bounds: [100, 100, 700, 250],
      boundsNorm: [0.1, 0.2, 0.7, 0.5],
      labels: [{ label: 'tabby' }, { label: 'cockatoo' }],
      path: [
        [0, 150, 150],
        [0.1, 350, 150],
        [0.2, 575, 150],
        [0.3, 650, 175],
      ],
    });
  });

  test('tells the evidence where the producer has it, else the one class', () => {
    const evidence = [
      { classIndex: 1, score: 0.6 },
      { classIndex: 2, score: 0.3 },
    ];
    const { drafts } = feed([[{ ...seen(), evidence }, track(2, 0)]]);
    const started = (drafts[0] as EventDraft[]).flatMap((draft) => (draft.type === 'track.started' ? [draft] : []));
    expect(started.map(({ track: { evidence } }) => evidence.map(({ label, score }) => [label, score]))).toEqual([
      [
        ['tabby', 0.6],
        ['flowerpot', 0.3],
      ],
      [['flowerpot', 0.7]],
    ]);
  });
});

describe('the events of any history of tracks', () => {
  const history = fc.array(
    fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 6 }),
        state: fc.constantFrom('tentative', 'confirmed', 'lost', 'ended' as const),
        measured: fc.boolean(),
        score: fc.double({ min: 0, max: 1, noNaN: true }),
        x: fc.double({ min: -100, max: 1100, noNaN: true }),
      }),
      { selector: ({ id }) => id },
    ),
    { maxLength: 40 },
  );

  test('are valid; each track starts once, ends once, and is only heard of in between', () => {
    fc.assert(
      fc.property(history, (frames) => {
        const { drafts, end } = feed(
          frames.map((tracks) =>
            tracks.map(({ x, ...change }) => track(change.id, 0, { ...change, box: [x, 10, x + 50, 60] })),
          ),
        );
        const alive = new Set<number>();
        for (const draft of [...drafts.flat(), ...end]) {
          eventSchema.parse({ v: 1, seq: 1, time: '2026-01-01T00:00:00.000Z', ...draft });
          if (draft.type === 'track.started') {
            expect(alive.has(draft.track.id)).toBe(false);
            alive.add(draft.track.id);
          }
          if (draft.type === 'track.updated') expect(alive.has(draft.track.id)).toBe(true);
          if (draft.type === 'track.ended') expect(alive.delete(draft.track.id)).toBe(true);
        }
        expect(alive.size).toBe(0);
      }),
    );
  });
});

describe('frameKeys()', () => {
  test('are microseconds, and differ for all frames whatever their pts', () => {
    const key = frameKeys();
    expect([0, 0.04, 1 / 3].map(key)).toEqual([0, 40_000, 333_333]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true })), (times) => {
        const keys = times.map(frameKeys());
        expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
        expect(keys.every(Number.isSafeInteger)).toBe(true);
      }),
    );
  });
});

describe('pathSummary()', () => {
  test.each([1, 2, 63, 64, 65, 127, 128, 10_000])('of %i points has first and last, and at most 64', (count) => {
    const path = pathSummary();
    for (let i = 0; i < count; i++) path.add(i, [i, 0, i, 0]);
    const points = path.points();
    expect(points.length).toBeLessThanOrEqual(64);
    expect(points.length).toBeGreaterThanOrEqual(Math.min(count, 32));
    expect(points[0]).toEqual([0, 0, 0]);
    expect(points.at(-1)).toEqual([count - 1, count - 1, 0]);
    const steps = points.slice(1, -1).map(([pts], index) => pts - (points[index]?.[0] as number));
    expect(new Set(steps).size).toBeLessThanOrEqual(1);
  });
});
