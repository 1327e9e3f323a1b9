import { take } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type LocalisedFrame, type LocaliseOptions, localise } from '../../src/operators/localise.ts';
import { DISPLAY, feed, handEngine, settled } from './support/frames.ts';

function setUp(options: Partial<LocaliseOptions> = {}) {
  const source = feed();
  const { engine, runs } = handEngine();
  const out: LocalisedFrame[] = [];
  const ends: unknown[] = [];
  const subscription = source.frames.pipe(localise({ engine, batch: 2, ...options })).subscribe({
    next: (frame) => out.push(frame),
    error: (error) => ends.push(error),
    complete: () => ends.push('complete'),
  });
  return { source, runs, out, ends, subscription, indices: () => out.map(({ index }) => index) };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('localise', () => {
  it('runs the network on full batches, two ahead at most', async () => {
    const { source, runs } = setUp();
    source.send(1);
    expect(runs).toHaveLength(0);
    source.send(6);
    expect(runs.map(({ frames }) => frames)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    await runs[0]!.answer();
    expect(runs.map(({ frames }) => frames).at(-1)).toEqual([4, 5]);
    expect(runs).toHaveLength(3);
  });

  it('gives each frame the localisations of its own maps', async () => {
    const { source, runs, out } = setUp();
    source.send(2);
    await runs[0]!.answer();
    expect(out.map(({ localisations }) => localisations!.map(({ classIndex }) => classIndex))).toEqual([[0], [1]]);
    const [x0, y0, x1, y1] = out[0]!.localisations![0]!.box;
    expect([x0, y0]).toEqual([0, 0]);
    expect(x1).toBeLessThan(DISPLAY.width);
    expect(y1).toBeLessThan(DISPLAY.height);
  });

  it('keeps the order of the frames, also past those the network does not see', async () => {
    const { source, runs, out, indices } = setUp();
    source.send(9, 3);
    expect(runs.map(({ frames }) => frames)).toEqual([[0, 3]]);
    expect(indices()).toEqual([]);
    await runs[0]!.answer();
    expect(indices()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(out.map(({ localisations }) => localisations !== undefined)).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it('keeps it too where a later batch is done first', async () => {
    const { source, runs, indices } = setUp();
    source.send(4);
    await runs[1]!.answer();
    expect(indices()).toEqual([]);
    await runs[0]!.answer();
    expect(indices()).toEqual([0, 1, 2, 3]);
  });

  it('hears the evidence of the frames in their order, whichever batch is done first', async () => {
    const group = { wnid: '', name: 'class', classes: [0] };
    const scores = async (order: readonly number[]) => {
      const { source, runs, out } = setUp({ minScore: 0, namer: () => group });
      source.send(4);
      for (const run of order) await runs[run]!.answer();
      return out.map(({ localisations }) => localisations!.map(({ score }) => score));
    };
    expect(await scores([1, 0])).toEqual(await scores([0, 1]));
  });

  it('holds every frame until it has come out', async () => {
    const { source, runs } = setUp();
    source.send(5);
    expect(source.held()).toEqual([0, 1, 2, 3, 4]);
    await runs[0]!.answer();
    expect(source.held()).toEqual([2, 3, 4]);
  });

  it('holds a frame while its subscribers have it', async () => {
    const source = feed();
    const { engine, runs } = handEngine();
    const held: number[][] = [];
    source.frames.pipe(localise({ engine, batch: 1 })).subscribe(() => held.push(source.held()));
    source.send(1);
    await runs[0]!.answer();
    expect(held).toEqual([[0]]);
    expect(source.held()).toEqual([]);
  });

  it('takes what is there when a batch does not fill, but not while the network is busy', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { source, runs } = setUp({ batch: 4, wait: 30 });
    source.send(1);
    vi.advanceTimersByTime(29);
    expect(runs).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(runs.map(({ frames }) => frames)).toEqual([[0]]);
    source.send(1);
    vi.advanceTimersByTime(1000);
    expect(runs).toHaveLength(1);
    await runs[0]!.answer();
    vi.advanceTimersByTime(30);
    expect(runs.map(({ frames }) => frames)).toEqual([[0], [1]]);
  });

  it('runs the rest at the end without waiting, then completes', async () => {
    const { source, runs, ends, indices } = setUp({ batch: 4, wait: 1e6 });
    source.send(6);
    source.frames.complete();
    expect(runs.map(({ frames }) => frames)).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
    await runs[0]!.answer();
    expect(ends).toEqual([]);
    await runs[1]!.answer();
    expect(indices()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(ends).toEqual(['complete']);
    expect(source.held()).toEqual([]);
  });

  it('completes where there was nothing', () => {
    const { source, ends } = setUp();
    source.frames.complete();
    expect(ends).toEqual(['complete']);
  });

  it.each([
    ['of the network', async (runs: ReturnType<typeof handEngine>['runs']) => runs[0]!.fail(new Error('lost'))],
    [
      'of the source',
      async (_runs: unknown, source: ReturnType<typeof feed>) => source.frames.error(new Error('lost')),
    ],
  ])('passes on an error %s and lets all frames go', async (_whose, fail) => {
    const { source, runs, ends, indices } = setUp();
    source.send(7);
    await fail(runs, source);
    expect(ends).toEqual([new Error('lost')]);
    expect(source.held()).toEqual([]);
    expect(source.frames.observed).toBe(false);
    await runs[1]!.answer();
    expect(indices()).toEqual([]);
    expect(runs).toHaveLength(2);
  });

  it('turns an option that the class maps refuse into an error of the stream', async () => {
    const { source, runs, ends } = setUp({ threshold: 7 });
    source.send(2);
    await runs[0]!.answer();
    expect(ends).toEqual([expect.objectContaining({ code: 'BAD_OPTION' })]);
    expect(source.held()).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses batches of %d', (batch) => {
    expect(setUp({ batch }).ends).toEqual([expect.objectContaining({ code: 'BAD_OPTION', value: batch })]);
  });

  it('turns what an engine throws at once into an error of the stream', async () => {
    const engine = {
      provider: 'broken',
      run() {
        throw new Error('broken');
      },
      close: async () => {},
    };
    const { source, ends } = setUp({ engine });
    source.send(2);
    await settled();
    expect(ends).toEqual([new Error('broken')]);
  });

  it('lets all frames go when nobody listens any more, and asks the network for nothing further', async () => {
    const { source, runs, subscription } = setUp();
    source.send(7);
    subscription.unsubscribe();
    expect(source.held()).toEqual([]);
    expect(source.frames.observed).toBe(false);
    await runs[0]!.answer();
    expect(runs).toHaveLength(2);
  });

  it('lets the frame in hand go where its subscriber ends the stream', async () => {
    const source = feed();
    const { engine, runs } = handEngine();
    source.frames.pipe(localise({ engine, batch: 3 }), take(1)).subscribe();
    source.send(3);
    await runs[0]!.answer();
    expect(source.held()).toEqual([]);
  });

  describe('live', () => {
    const live = { batch: 1, policy: 'latest', patience: 200 } as const;

    it('lets frames pass that come while the network is busy', async () => {
      const { source, runs, out, indices } = setUp(live);
      source.send(3);
      expect([runs.map(({ frames }) => frames), indices()]).toEqual([[[0]], []]);
      await runs[0]!.answer();
      expect(indices()).toEqual([0, 1, 2]);
      expect(out.map(({ localisations }) => localisations !== undefined)).toEqual([true, false, false]);
    });

    it('waits for the network no longer than it has patience, and brings what comes late behind it', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const { source, runs, out, indices } = setUp(live);
      source.send(2);
      vi.advanceTimersByTime(199);
      expect(indices()).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(indices()).toEqual([0, 1]);
      source.send(1);
      expect(indices()).toEqual([0, 1, 2]);
      // Its input is still in the network's hands.
      expect(source.held()).toEqual([0]);
      await runs[0]!.answer();
      expect(indices()).toEqual([0, 1, 2, 0]);
      expect(out.map(({ late }) => late)).toEqual([undefined, undefined, undefined, true]);
      expect(out.at(-1)!.localisations).toHaveLength(1);
      expect(source.held()).toEqual([]);
    });

    it('lets go of frames whose maps never come', () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const { source, subscription } = setUp(live);
      source.send(2);
      vi.advanceTimersByTime(200);
      subscription.unsubscribe();
      expect(source.held()).toEqual([]);
    });
  });
});
