import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeatboxError } from '../../src/error.ts';
import { createTracker, type TrackerOptions } from '../../src/track/tracker.ts';
import type { Box, ClassScore, Localisation, Track } from '../../src/types.ts';
import { boxAt, display, seen } from './scene.ts';

/** Runs a tracker over frames of localisations, `fps` of them a second. */
function follow(
  frames: readonly (readonly Localisation[])[],
  fps = 25,
  options: Partial<TrackerOptions> = {},
): Track[][] {
  const tracker = createTracker(options);
  return frames.map((localisations, frame) => tracker.update({ pts: frame / fps, display, localisations }));
}

const frames = <T>(count: number, make: (frame: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const alive = (tracks: readonly Track[]) => tracks.filter(({ state }) => state !== 'ended');
const centre = (box: Box) => ({ x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 });

describe('one object', () => {
  it('keeps one id, its velocity found, its box where it is', () => {
    const tracks = follow(frames(50, (i) => [seen(boxAt(100 + 8 * i, 400 - 2 * i))]));
    expect(tracks.map((all) => all.map(({ id }) => id))).toEqual(frames(50, () => [1]));
    const [last] = tracks.at(-1)!;
    expect(last).toMatchObject({ state: 'confirmed', measured: true, classIndex: 0 });
    expect(last!.velocity.x).toBeCloseTo(8 * 25, -1);
    expect(last!.velocity.y).toBeCloseTo(-2 * 25, -1);
    expect(Math.abs(centre(last!.box).x - (100 + 8 * 49))).toBeLessThan(3);
  });

  it('at rest is boxed more steadily than it is measured', () => {
    const shake = (i: number) => 6 * Math.sin(i * 12.9898) + 4 * Math.sin(i * 78.233);
    const measured = frames(80, (i) => boxAt(500 + shake(i), 400 + shake(i + 31), 100 + shake(i + 7), 100));
    const tracks = follow(measured.map((box) => [seen(box)])).slice(20);
    const roughness = (values: readonly number[]) =>
      values.slice(1).reduce((sum, value, i) => sum + Math.abs(value - values[i]!), 0);
    for (const side of [0, 1, 2, 3] as const) {
      const raw = roughness(measured.slice(20).map((box) => box[side]));
      expect(roughness(tracks.map(([track]) => track!.box[side]))).toBeLessThan(0.5 * raw);
    }
  });

  it('keeps its id through a gap, moving on unseen', () => {
    const tracks = follow(frames(40, (i) => (i >= 20 && i < 30 ? [] : [seen(boxAt(100 + 10 * i, 400))])));
    expect(new Set(tracks.flat().map(({ id }) => id))).toEqual(new Set([1]));
    const [unseen] = tracks[25]!;
    expect(unseen).toMatchObject({ measured: false, state: 'lost' });
    expect(Math.abs(centre(unseen!.box).x - 350)).toBeLessThan(10);
    expect(tracks[21]![0]).toMatchObject({ measured: false, state: 'confirmed' });
    expect(tracks[30]![0]).toMatchObject({ measured: true, state: 'confirmed' });
  });

  it('found again after a gap is known as if it had been seen all along the straight line', () => {
    const path = (i: number) => (i < 20 ? 100 + 10 * i : 290 + 4 * (i - 19));
    const box = (i: number) => seen(boxAt(path(i), 400, 140, 140));
    const gap = follow(frames(30, (i) => (i >= 20 && i < 26 ? [] : [box(i)])));
    const line = follow(frames(30, (i) => [box(i)]));
    expect(gap.at(-1)!).toMatchObject([{ id: 1, measured: true }]);
    expect(gap.at(-1)![0]!.velocity.x).toBeCloseTo(line.at(-1)![0]!.velocity.x, 6);
    expect(gap.at(-1)![0]!.box[0]).toBeCloseTo(line.at(-1)![0]!.box[0], 6);
  });

  it('that stays away ends once, and its id is not used again', () => {
    const tracks = follow(frames(100, (i) => (i >= 10 && i < 70 ? [] : [seen(boxAt(500, 400))])));
    const ended = tracks.flat().filter(({ state }) => state === 'ended');
    expect(ended.map(({ id }) => id)).toEqual([1]);
    expect(tracks[69]).toEqual([]);
    expect(tracks[70]!.map(({ id }) => id)).toEqual([2]);
  });

  it('that moves out of the picture waits at the border, its box inside the display to the last', () => {
    const gone = follow(frames(65, (i) => (i < 20 ? [seen(boxAt(900 + 4 * i, 400))] : [])));
    for (const { box } of gone.flatMap(alive)) {
      expect(box[0] >= 0 && box[2] <= display.width && box[0] < box[2]).toBe(true);
    }
    expect(gone[60]!).toMatchObject([{ state: 'lost', velocity: { x: 0, y: 0 } }]);
    const back = follow(frames(60, (i) => (i >= 20 && i < 50 ? [] : [seen(boxAt(i < 20 ? 900 + 4 * i : 970, 400))])));
    expect(back.at(-1)!).toMatchObject([{ id: 1, state: 'confirmed', measured: true }]);
  });

  it('is followed at any and at a varying frame rate', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.005, max: 0.3, noNaN: true }), { minLength: 5, maxLength: 60 }),
        (steps) => {
          const tracker = createTracker();
          let pts = 17;
          const ids = steps.map((seconds) => {
            pts += seconds;
            const box = boxAt(100 + 60 * (pts - 17), 400);
            return tracker.update({ pts, display, localisations: [seen(box)] }).map(({ id }) => id);
          });
          expect(ids).toEqual(steps.map(() => [1]));
        },
      ),
    );
  });

  it('in time-lapse, with seconds between frames, is still the same object', () => {
    const tracks = follow(
      frames(10, (i) => (i === 4 ? [] : [seen(boxAt(500 + 5 * i, 400))])),
      0.5,
    );
    expect(new Set(tracks.flat().map(({ id }) => id))).toEqual(new Set([1]));
  });
});

describe('an object that comes back alone, away from where its track should be by now', () => {
  const bird: ClassScore[] = [{ classIndex: 89, score: 0.9 }];
  const cup: ClassScore[] = [{ classIndex: 968, score: 0.9 }];
  const returned = (...there: readonly Localisation[]) =>
    follow(frames(60, (i) => (i < 20 ? [seen(boxAt(300 + 8 * i, 400), bird)] : i < 50 ? [] : there)));

  it('is the same where it was last seen, though it is named otherwise for a moment', () => {
    const tracks = returned(seen(boxAt(470, 400), cup));
    expect(tracks[49]![0]!.box[0]).toBeGreaterThan(600);
    expect(tracks[50]!).toMatchObject([{ id: 1, state: 'confirmed', measured: true, classIndex: 89 }]);
  });

  it('is another elsewhere', () => {
    expect(returned(seen(boxAt(100, 100), bird))[50]!.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('is another where it is not alone', () => {
    const both = returned(seen(boxAt(470, 400), bird), seen(boxAt(900, 100), bird));
    expect(both[50]!.map(({ id }) => id)).toEqual([1, 2, 3]);
    const other = seen(boxAt(900, 700), cup);
    const beside = follow(
      frames(60, (i) =>
        i < 20 ? [seen(boxAt(300 + 8 * i, 400), bird), other] : i < 50 ? [other] : [seen(boxAt(470, 400), bird), other],
      ),
    );
    expect(beside[50]!.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('is the track most often seen, where several were lost there', () => {
    const tracks = follow(
      frames(60, (i) => {
        const one = seen(boxAt(400 + 5 * i, 400), bird);
        const brief = seen(boxAt(420 + 5 * i, 430), cup);
        return i < 15 ? [one] : i < 20 ? [one, brief] : i < 50 ? [] : [seen(boxAt(510, 425), cup)];
      }),
    );
    expect(tracks[50]!.filter(({ measured }) => measured).map(({ id }) => id)).toEqual([1]);
  });
});

describe('several objects', () => {
  it('that cross keep their ids', () => {
    const tracks = follow(frames(60, (i) => [seen(boxAt(100 + 12 * i, 300)), seen(boxAt(808 - 12 * i, 330))]));
    const [left, right] = tracks.at(-1)!;
    expect(centre(left!.box).x).toBeGreaterThan(700);
    expect(centre(right!.box).x).toBeLessThan(200);
    expect(new Set(tracks.flat().map(({ id }) => id))).toEqual(new Set([1, 2]));
  });

  it('that cross, one hidden by the other, keep their ids', () => {
    const tracks = follow(
      frames(60, (i) => {
        const front = seen(boxAt(100 + 12 * i, 300));
        const hidden = Math.abs(100 + 12 * i - (808 - 12 * i)) < 60;
        return hidden ? [front] : [front, seen(boxAt(808 - 12 * i, 330))];
      }),
    );
    const [left, right, ...others] = tracks.at(-1)!;
    expect(others).toEqual([]);
    expect([left!.id, right!.id]).toEqual([1, 2]);
    expect(centre(left!.box).x).toBeGreaterThan(700);
  });

  it('of different classes in the same place are told apart by class', () => {
    const one: ClassScore[] = [{ classIndex: 1, score: 0.6 }];
    const two: ClassScore[] = [{ classIndex: 2, score: 0.6 }];
    const place = boxAt(500, 400);
    const tracks = follow(
      frames(12, (i) => (i % 2 ? [seen(place, one), seen(place, two)] : [seen(place, two), seen(place, one)])),
    );
    expect(tracks.at(-1)!.map(({ id, classIndex }) => [id, classIndex])).toEqual(
      tracks[0]!.map(({ id, classIndex }) => [id, classIndex]),
    );
    expect(new Set(tracks.at(-1)!.map(({ classIndex }) => classIndex))).toEqual(new Set([1, 2]));
  });
});

describe('sure and unsure localisations', () => {
  const faint: ClassScore[] = [{ classIndex: 0, score: 0.2 }];

  it('an unsure one continues a track but does not start one', () => {
    const started = follow(frames(10, () => [seen(boxAt(500, 400), faint)]));
    expect(started.flat()).toEqual([]);
    const kept = follow(frames(30, (i) => [i < 5 ? seen(boxAt(500, 400)) : seen(boxAt(500, 400), faint)]));
    expect(kept.at(-1)!).toMatchObject([{ id: 1, measured: true, state: 'confirmed' }]);
  });

  it('unsure ones confirm a track that a sure one began', () => {
    const tracks = follow(frames(5, (i) => (i === 0 ? [] : [seen(boxAt(500, 400), i === 1 ? undefined : faint)])));
    expect(tracks.slice(1).map(([track]) => [track!.state, track!.measured])).toEqual([
      ['tentative', true],
      ['tentative', true],
      ['confirmed', true],
      ['confirmed', true],
    ]);
  });

  it('a track that begins late is tentative until confirmed, and soon gone where it is not', () => {
    const other = [{ classIndex: 5, score: 0.9 }];
    const tracks = follow(
      frames(40, (i) =>
        i === 0 ? [] : i < 4 || i >= 30 ? [seen(boxAt(500, 400))] : i === 10 ? [seen(boxAt(200, 200), other)] : [],
      ),
    );
    expect(tracks.slice(1, 4).map(([track]) => track!.state)).toEqual(['tentative', 'tentative', 'confirmed']);
    const stray = tracks.flat().filter(({ id }) => id === 2);
    expect(new Set(stray.map(({ state }) => state))).toEqual(new Set(['tentative', 'ended']));
    expect(tracks[20]!.some(({ id }) => id === 2)).toBe(false);
  });

  it('the first frame of all confirms at once: a still image has no other', () => {
    expect(follow([[seen(boxAt(500, 400))]])[0]).toMatchObject([{ id: 1, state: 'confirmed', measured: true }]);
  });
});

describe('the name of a track', () => {
  it('comes from its life, not from one frame', () => {
    const cockatoo: ClassScore[] = [{ classIndex: 89, score: 0.9 }];
    const doubtful: ClassScore[] = [
      { classIndex: 88, score: 0.6 },
      { classIndex: 89, score: 0.3 },
    ];
    const tracks = follow(frames(30, (i) => [seen(boxAt(500, 400), i % 7 === 3 ? doubtful : cockatoo)]));
    expect(new Set(tracks.flat().map(({ classIndex }) => classIndex))).toEqual(new Set([89]));
    expect(tracks.at(-1)![0]!.score).toBeCloseTo(0.9 - 0.6 / 7, 1);
  });
});

describe('between network frames', () => {
  it('tracks are carried along their velocity, and nothing changes for the next update', () => {
    const run = (withPredictions: boolean) => {
      const tracker = createTracker();
      return frames(20, (i) => {
        const tracks = tracker.update({ pts: i / 5, display, localisations: [seen(boxAt(100 + 20 * i, 400))] });
        if (withPredictions) tracker.predict(i / 5 + 0.15);
        return tracks;
      });
    };
    expect(run(true)).toEqual(run(false));
    const tracker = createTracker();
    for (let i = 0; i < 20; i++)
      tracker.update({ pts: i / 5, display, localisations: [seen(boxAt(100 + 20 * i, 400))] });
    const [carried] = tracker.predict(19 / 5 + 0.1);
    expect(carried).toMatchObject({ id: 1, measured: false, state: 'confirmed' });
    expect(Math.abs(centre(carried!.box).x - (100 + 20 * 19.5))).toBeLessThan(4);
    expect(Math.abs(carried!.peak.x - centre(carried!.box).x)).toBeLessThan(1e-9);
  });
});

/** Some objects moving across the picture, now and then missed, scores and boxes shaken. */
const scene = fc
  .record({ objects: fc.integer({ min: 1, max: 5 }), length: fc.integer({ min: 1, max: 25 }), seed: fc.nat() })
  .map(({ objects, length, seed }) => {
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const paths = frames(objects, () => ({
      x: 300 + 400 * random(),
      y: 300 + 200 * random(),
      dx: 8 * random() - 4,
      dy: 4 * random() - 2,
    }));
    return frames(length, (i) =>
      paths
        .filter(() => random() > 0.2)
        .map(({ x, y, dx, dy }) =>
          seen(boxAt(x + dx * i + 4 * random(), y + dy * i + 4 * random(), 60 + 4 * random()), [
            { classIndex: 0, score: 0.3 + 0.7 * random() },
          ]),
        ),
    );
  });

describe('whatever comes', () => {
  it('ids count from 1, are unique in a frame and never used again after their end', () => {
    fc.assert(
      fc.property(scene, (input) => {
        const ended = new Set<number>();
        let newest = 0;
        for (const tracks of follow(input)) {
          const ids = tracks.map(({ id }) => id);
          expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
          for (const { id, state } of tracks) {
            expect(ended.has(id)).toBe(false);
            if (id > newest) expect(id).toBe(++newest);
            if (state === 'ended') ended.add(id);
          }
        }
      }),
    );
  });

  it('the order of a frame’s localisations does not matter', () => {
    fc.assert(
      fc.property(scene, fc.nat(), (input, turn) => {
        const turned = input.map((found) => {
          const cut = found.length ? turn % found.length : 0;
          return [...found.slice(cut), ...found.slice(0, cut)].reverse();
        });
        expect(follow(turned)).toEqual(follow(input));
      }),
    );
  });

  it('a scene that is moved, or played later, yields the same tracks, moved', () => {
    fc.assert(
      fc.property(scene, fc.integer({ min: -100, max: 100 }), fc.integer({ min: -100, max: 100 }), (input, dx, dy) => {
        const moved = input.map((found) =>
          found.map((one) => seen([one.box[0] + dx, one.box[1] + dy, one.box[2] + dx, one.box[3] + dy], one.evidence)),
        );
        const tracker = createTracker();
        const there = moved.map((localisations, i) => tracker.update({ pts: 1000 + i / 25, display, localisations }));
        follow(input).forEach((tracks, i) => {
          expect(there[i]!.map(({ id, state }) => [id, state])).toEqual(tracks.map(({ id, state }) => [id, state]));
          tracks.forEach(({ box }, j) => {
            expect(there[i]![j]!.box[0]).toBeCloseTo(box[0] + dx, 4);
            expect(there[i]![j]!.box[3]).toBeCloseTo(box[3] + dy, 4);
          });
        });
      }),
    );
  });

  it('boxes without an area or beyond all numbers are passed over', () => {
    const good = frames(10, (i) => seen(boxAt(100 + 5 * i, 400)));
    const bad: Localisation[] = [
      seen([Number.NaN, 0, 10, 10]),
      seen([0, 0, Number.POSITIVE_INFINITY, 10]),
      seen([50, 50, 50, 80]),
      seen([80, 80, 50, 50]),
      seen([1200, 80, 1300, 150]),
      seen(boxAt(500, 400), [{ classIndex: 0, score: Number.NaN }]),
    ];
    expect(follow(good.map((one) => [...bad, one, ...bad]))).toEqual(follow(good.map((one) => [one])));
  });

  it('a jump back in time ends all tracks and begins anew', () => {
    const tracker = createTracker();
    for (let i = 0; i < 5; i++) tracker.update({ pts: 100 + i / 25, display, localisations: [seen(boxAt(500, 400))] });
    const tracks = tracker.update({ pts: 3, display, localisations: [seen(boxAt(500, 400))] });
    expect(tracks.map(({ id, state }) => [id, state])).toEqual([
      [1, 'ended'],
      [2, 'confirmed'],
    ]);
  });

  it('two frames of the same time are both taken in', () => {
    const tracker = createTracker();
    const at = (pts: number) =>
      tracker.update({ pts, display, localisations: pts === 1.2 ? [] : [seen(boxAt(500, 400))] });
    for (const pts of [1, 1, 1.2, 1.2, 1.2, 1.4, 1.4]) at(pts);
    const [track] = at(1.4);
    expect(track!.id).toBe(1);
    expect(track!.box.every(Number.isFinite)).toBe(true);
  });

  it('frames without anything yield nothing', () => {
    expect(follow(frames(5, () => []))).toEqual(frames(5, () => []));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s as a time', (pts) => {
    expect(() => createTracker().update({ pts, display, localisations: [] })).toThrow(HeatboxError);
  });

  it.each([
    [{ sureScore: 1.2 }, 'sureScore must be between 0 and 1, not 1.2'],
    [{ confirmHits: 0 }, 'confirmHits must be a whole number above 0, not 0'],
    [{ lostFor: Number.NaN }, 'lostFor must be at least 0 seconds, not NaN'],
  ])('refuses %j', (options, message) => {
    expect(() => createTracker(options)).toThrow(message);
  });
});
