import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/inference/engine.ts';
import { shareEngine } from '../../../src/inference/pools/shared-engine.ts';
import { input, inputs, manualEngine, tagsOf } from '../support.ts';

describe('shareEngine', () => {
  it('gives a slow stream a place in the next batch, however much a fast one has waiting', async () => {
    const { engine, batches, answer } = manualEngine();
    const open = shareEngine(engine, { batch: 4, wait: 5 });
    const fast = open();
    const slow = open();
    const many = fast.run(inputs(1, 2, 3, 4, 5, 6, 7, 8));
    const one = slow.run(inputs(11));
    for (let i = 0; i < 3; i++) await answer();
    expect(batches[0]).toEqual([1, 2, 3, 4]);
    expect(batches[1]).toContain(11);
    expect(tagsOf(await many)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(tagsOf(await one)).toEqual([11]);
  });

  it('gives every stream one place before any gets a second', async () => {
    const { engine, batches, answer } = manualEngine();
    const open = shareEngine(engine, { batch: 3, wait: 5 });
    const streams = [open(), open(), open()];
    const blocking = streams[0]!.run(inputs(1, 2, 3));
    const rest = [streams[0]!.run(inputs(4, 5)), streams[1]!.run(inputs(21, 22)), streams[2]!.run(inputs(31, 32))];
    for (let i = 0; i < 3; i++) await answer();
    await Promise.all([blocking, ...rest]);
    const streamsIn = (batch: number[]) => batch.map((tag) => Math.floor(tag / 10)).sort();
    expect(batches.slice(1).map(streamsIn)).toEqual([
      [0, 2, 3],
      [0, 2, 3],
    ]);
  });

  it('keeps as many runs under way as the engine has workers', async () => {
    const { engine, batches, answer } = manualEngine();
    const stream = shareEngine({ ...engine, workers: 2 }, { batch: 1, wait: 5 })();
    const run = stream.run(inputs(1, 2, 3));
    expect(batches).toEqual([[1], [2]]);
    for (let i = 0; i < 3; i++) await answer();
    expect(tagsOf(await run)).toEqual([1, 2, 3]);
  });

  it('never mixes sizes, and serves them all', async () => {
    const { engine, batches, answer } = manualEngine();
    const open = shareEngine(engine, { batch: 4, wait: 5 });
    const small = open().run([input(1, 32), input(2, 32)]);
    const large = open().run([input(11, 64), input(12, 64)]);
    await answer();
    await answer();
    expect(batches).toHaveLength(2);
    for (const tags of batches) expect(new Set(tags.map((tag) => tag > 10)).size).toBe(1);
    expect(tagsOf(await small)).toEqual([1, 2]);
    expect(tagsOf(await large)).toEqual([11, 12]);
  });

  it('does not wait for a batch to fill for longer than it is told', async () => {
    const { engine, batches, answer } = manualEngine();
    const open = shareEngine(engine, { batch: 4, wait: 5 });
    const stream = open();
    open();
    const run = stream.run(inputs(1));
    await answer();
    expect(tagsOf(await run)).toEqual([1]);
    expect(batches).toEqual([[1]]);
  });

  it('passes an error on to the streams of the batch, and goes on', async () => {
    let fail = true;
    const { engine } = manualEngine();
    const failing: Engine = {
      ...engine,
      run: async (batch) => {
        if (fail) throw new Error('no');
        return batch.map(({ data }) => ({
          classCount: 1,
          rows: 1,
          cols: 1,
          logits: Float32Array.from(data),
          maps: Float32Array.from(data),
        }));
      },
    };
    const stream = shareEngine(failing, { batch: 1, wait: 5 })();
    await expect(stream.run(inputs(1))).rejects.toThrow('no');
    fail = false;
    expect(tagsOf(await stream.run(inputs(2)))).toEqual([2]);
  });

  it('withdraws what waits of a stream that closes', async () => {
    const { engine, batches, answer } = manualEngine();
    const open = shareEngine(engine, { batch: 1, wait: 5 });
    const busy = open().run(inputs(1));
    const leaving = open();
    const waiting = leaving.run(inputs(2));
    void leaving.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ENGINE_GONE' });
    await answer();
    await busy;
    expect(batches).toEqual([[1]]);
  });
});
