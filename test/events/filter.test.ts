import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFilter } from '../../src/events/filter.ts';
import type { EventDraft, HeatboxEvent } from '../../src/protocol/events.ts';
import type { Filters } from '../../src/protocol/messages.ts';
import { syntheticStream } from './support/synthetic.ts';

/** Events of 12 s of video at 25 frames a second, published as they happen. */
function recording(): HeatboxEvent[] {
  const stream = syntheticStream({ tracks: 3, life: 30 });
  const drafts: [EventDraft, number][] = [];
  for (let frame = 0; frame < 300; frame++) for (const draft of stream.next()) drafts.push([draft, frame * 40]);
  return drafts.map(
    ([draft, time], index) => ({ v: 1, seq: index + 1, time: new Date(time).toISOString(), ...draft }) as HeatboxEvent,
  );
}

const events = recording();

function passed(filters: Filters): HeatboxEvent[] {
  return events.map(createFilter(filters)).filter((event) => event !== undefined);
}

describe('a filter', () => {
  test('leaves out frames where no types are named', () => {
    expect(new Set(passed({}).map(({ type }) => type))).toEqual(
      new Set(['track.started', 'track.updated', 'track.ended']),
    );
  });

  test('thins updates of each track and frames of each stream to a rate', () => {
    const rate = (maxRate: number) => passed({ maxRate, types: ['track.updated', 'frame'] });
    expect(rate(25)).toEqual(passed({ types: ['track.updated', 'frame'] }));
    const five = rate(5).filter(({ type }) => type === 'frame');
    expect(five.length).toBe(60);
    expect(rate(0.5).filter(({ type }) => type === 'frame').length).toBe(6);
    const firstTrack = rate(5).filter((event) => event.type === 'track.updated' && event.track.id === 1);
    expect(firstTrack.length).toBe(6);
    expect(passed({ maxRate: 0.01, types: ['track.started', 'track.ended'] }).length).toBe(
      passed({ types: ['track.started', 'track.ended'] }).length,
    );
  });

  test('passes with a label all that is within it', () => {
    const tabbies = passed({ labels: ['tabby'] });
    const [first] = tabbies.flatMap((event) => ('track' in event ? [event.track.wnid] : []));
    const within = (label: string) => (label === 'cat' ? [first!] : []);
    const cats = events.map(createFilter({ labels: ['cat'] }, within)).filter((event) => event !== undefined);
    expect(cats).toEqual(tabbies);
    expect(cats.length).toBeGreaterThan(0);
    expect(passed({ labels: ['cat'] })).toEqual([]);
  });

  test('takes the tracks out of a frame that do not pass, and leaves the frame', () => {
    const frames = passed({ labels: ['TABBY'], types: ['frame'] });
    expect(frames.length).toBe(300);
    const labels = frames.flatMap((event) => (event.type === 'frame' ? event.tracks.map(({ label }) => label) : []));
    expect(new Set(labels)).toEqual(new Set(['tabby']));
  });

  test('lets the end of a track through wherever an earlier event of it could pass', () => {
    const filters = fc.record(
      {
        labels: fc.subarray(['tabby', 'n10000002', 'sports car'], { minLength: 1 }),
        minScore: fc.double({ min: 0, max: 1, noNaN: true }),
        region: fc
          .tuple(fc.double({ min: 0, max: 0.5, noNaN: true }), fc.double({ min: 0.51, max: 1, noNaN: true }))
          .map(([low, high]): [number, number, number, number] => [low, 0, high, high]),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(filters, (given) => {
        const heard = new Set<number>();
        const ended = new Set<number>();
        for (const event of passed(given as Filters)) {
          if (event.type === 'track.ended') ended.add(event.track.id);
          else if (event.type === 'track.started' || event.type === 'track.updated') heard.add(event.track.id);
        }
        // The tracks in view at the end have none.
        for (const id of heard) if (id <= 27) expect(ended.has(id)).toBe(true);
      }),
    );
  });

  test('counts a box that touches the region, not one that borders on it', () => {
    const frame = { ...(events.find(({ type }) => type === 'frame') as HeatboxEvent & { type: 'frame' }) };
    frame.tracks = [{ ...frame.tracks[0], boxNorm: [0.2, 0.2, 0.4, 0.4] } as never];
    const count = (region: [number, number, number, number]) => {
      const event = createFilter({ region, types: ['frame'] })(frame);
      return event?.type === 'frame' ? event.tracks.length : -1;
    };
    expect(count([0.39, 0.39, 1, 1])).toBe(1);
    expect(count([0.4, 0, 1, 1])).toBe(0);
    expect(count([0, 0, 0.2, 1])).toBe(0);
  });
});
