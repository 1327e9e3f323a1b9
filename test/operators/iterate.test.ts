import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iterate } from '../../src/operators/iterate.ts';
import { feed, settled } from './support/frames.ts';

/** An iteration over frames that a test sends by hand, and what has become of it. */
function iteration({ signal, refuses }: { signal?: AbortSignal; refuses?: Error } = {}) {
  const source = feed();
  const calls = { opened: 0, closed: 0 };
  const iterator = iterate({
    async open() {
      calls.opened++;
      if (refuses) throw refuses;
      return {
        frames: source.frames,
        async close() {
          await settled();
          calls.closed++;
        },
      };
    },
    describe: ({ index }) => index,
    signal,
  });
  return { source, calls, iterator };
}

describe('iterate', () => {
  it('opens when the loop asks, and holds each frame until it asks for the next', async () => {
    const { source, calls, iterator } = iteration();
    await settled();
    expect(calls.opened).toBe(0);
    const first = iterator.next();
    await settled();
    source.send(3);
    expect(await first).toEqual({ done: false, value: 0 });
    expect(source.held()).toEqual([0, 1, 2]);
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    expect(source.held()).toEqual([1, 2]);
    source.frames.complete();
    expect(await iterator.next()).toEqual({ done: false, value: 2 });
    expect(calls.closed).toBe(0);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(calls).toEqual({ opened: 1, closed: 1 });
    expect(source.held()).toEqual([]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(calls).toEqual({ opened: 1, closed: 1 });
  });

  it('is closed when the loop is left, before it goes on', async () => {
    const { source, calls, iterator } = iteration();
    setImmediate(() => source.send(4));
    for await (const index of iterator) if (index === 1) break;
    expect(calls).toEqual({ opened: 1, closed: 1 });
    expect(source.frames.observed).toBe(false);
    expect(source.held()).toEqual([]);
  });

  it('gives the frames before an error, then rejects once, closed', async () => {
    const { source, calls, iterator } = iteration();
    const seen: number[] = [];
    setImmediate(() => {
      source.send(2);
      source.frames.error(new Error('cut'));
    });
    const loop = (async () => {
      for await (const index of iterator) seen.push(index);
    })();
    await expect(loop).rejects.toThrow('cut');
    expect(seen).toEqual([0, 1]);
    expect(calls.closed).toBe(1);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('rejects with what it cannot be opened for', async () => {
    const { calls, iterator } = iteration({ refuses: new Error('no such file') });
    await expect(iterator.next()).rejects.toThrow('no such file');
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(calls).toEqual({ opened: 1, closed: 0 });
  });

  it('ends with the reason of its signal: before, while the loop waits, and while it is busy', async () => {
    const early = iteration({ signal: AbortSignal.abort(new Error('enough')) });
    await expect(early.iterator.next()).rejects.toThrow('enough');
    expect(early.calls.opened).toBe(0);

    const waitingFor = new AbortController();
    const waiting = iteration({ signal: waitingFor.signal });
    const asked = waiting.iterator.next();
    await settled();
    waitingFor.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    expect(waiting.calls.closed).toBe(1);

    const busyFor = new AbortController();
    const busy = iteration({ signal: busyFor.signal });
    setImmediate(() => busy.source.send(3));
    await busy.iterator.next();
    busyFor.abort(new Error('enough'));
    await settled();
    expect(busy.source.held()).toEqual([]);
    await expect(busy.iterator.next()).rejects.toThrow('enough');
    expect(busy.calls.closed).toBe(1);
  });

  it('can be left while a frame is asked for, and while it is opened', async () => {
    const { source, calls, iterator } = iteration();
    const asked = iterator.next();
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await asked).toEqual({ done: true, value: undefined });
    expect(source.frames.observed).toBe(false);
    expect(calls).toEqual({ opened: 1, closed: 1 });
  });

  it('gives every frame once and in order, however asking and sending alternate, and ends with no hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), async (steps) => {
        const { source, iterator } = iteration();
        const asked = [iterator.next()];
        await settled();
        let sent = 0;
        for (const send of steps) {
          if (send) source.send(1);
          if (send) sent++;
          else asked.push(iterator.next());
          await Promise.resolve();
        }
        source.frames.complete();
        while (asked.length <= sent) asked.push(iterator.next());
        const results = await Promise.all(asked);
        const values = results.flatMap((result) => (result.done ? [] : [result.value]));
        expect(values).toEqual(Array.from({ length: sent }, (_, index) => index));
        expect((await iterator.next()).done).toBe(true);
        expect(source.held()).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
