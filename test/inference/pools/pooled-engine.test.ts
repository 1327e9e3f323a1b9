import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/inference/engine.ts';
import { poolEngines } from '../../../src/inference/pools/pooled-engine.ts';
import type { Model } from '../../../src/model/index.ts';
import { leftOver, loadModel, openEngine, type Resources, resources } from '../../support/built.ts';
import { scratch } from '../../support/heatbox.ts';
import { writeTinyModel } from '../../support/tiny-model.ts';
import { engineContract } from '../contract.ts';
import { inputs, manualEngine, tagsOf } from '../support.ts';

const space = scratch();
const tiny: Model = await loadModel(writeTinyModel(space.path('model')));
afterAll(() => space.remove());

engineContract('a pool of workers on the CPU', {
  open: () => openEngine(tiny, { threads: 2, favour: 'throughput' }),
  provider: 'cpu',
  classCount: tiny.manifest.classCount,
  multipleOf: tiny.manifest.input.multipleOf,
  stride: tiny.manifest.stride,
});

describe('an engine for throughput', () => {
  let idle: Resources;
  beforeAll(async () => {
    await (await openEngine(tiny)).close();
    idle = resources();
  });

  it('has a worker for each of a few threads, and leaves nothing open when closed before all are there', async () => {
    const engine = await openEngine(tiny, { threads: 3, favour: 'throughput' });
    expect(engine.workers).toBe(3);
    const picture = { width: 16, height: 16, data: new Uint8Array(16 * 16 * 3) };
    const runs = Promise.all([engine.run([picture]), engine.run([picture])]);
    await Promise.all([engine.close(), engine.close()]);
    expect(await runs).toHaveLength(2);
    expect(await leftOver(idle)).toEqual({ threads: 0, descriptors: 0 });
  });
});

it('opens more engines once the first has more than one batch, and takes them in as they come', async () => {
  const [first, second] = [manualEngine(), manualEngine()];
  let arrive: ((engine: Engine) => void) | undefined;
  const pool = poolEngines([first.engine], [() => new Promise((resolve) => (arrive = resolve))]);
  const runs = [pool.run(inputs(1))];
  expect(arrive).toBeUndefined();
  runs.push(pool.run(inputs(2)));
  arrive!(second.engine);
  await new Promise(setImmediate);
  runs.push(pool.run(inputs(3)));
  expect([first.batches, second.batches]).toEqual([[[1], [2]], [[3]]]);
  await first.answer();
  await first.answer();
  await second.answer();
  expect(tagsOf((await Promise.all(runs)).flat())).toEqual([1, 2, 3]);
  await pool.close();
  expect([first.closed(), second.closed()]).toEqual([1, 1]);
});

it('tells of one that could not be opened', async () => {
  const first = manualEngine();
  const pool = poolEngines([first.engine], [() => Promise.reject(new Error('no memory'))]);
  const runs = [pool.run(inputs(1)), pool.run(inputs(2))];
  await new Promise(setImmediate);
  const refused = expect(pool.run(inputs(3))).rejects.toThrow('no memory');
  await first.answer();
  await first.answer();
  expect(tagsOf((await Promise.all(runs)).flat())).toEqual([1, 2]);
  await refused;
  await pool.close();
});

it('gives each batch to the engine with the fewest, and answers in order', async () => {
  const [first, second] = [manualEngine('cuda:0'), manualEngine('cuda:1')];
  const pool = poolEngines([first.engine, second.engine]);
  expect(pool).toMatchObject({ provider: 'cuda:0,cuda:1', workers: 2 });
  const order: number[] = [];
  const runs = [1, 2, 3].map(async (tag) => {
    const maps = await pool.run(inputs(tag));
    order.push(tag);
    return maps;
  });
  await second.answer();
  expect(order).toEqual([]);
  const last = pool.run(inputs(4));
  await second.answer();
  await first.answer();
  await first.answer();
  expect(tagsOf((await Promise.all([...runs, last])).flat())).toEqual([1, 2, 3, 4]);
  expect([first.batches, second.batches]).toEqual([
    [[1], [3]],
    [[2], [4]],
  ]);
  expect(order).toEqual([1, 2, 3]);
  await pool.close();
  expect([first.closed(), second.closed()]).toEqual([1, 1]);
});

it('passes the failure of one on, and goes on', async () => {
  const [first, second] = [manualEngine(), manualEngine()];
  const pool = poolEngines([first.engine, second.engine]);
  const [failing, fine] = [pool.run(inputs(1)), pool.run(inputs(2))];
  await second.answer();
  await first.fail();
  await expect(failing).rejects.toMatchObject({ code: 'ENGINE_RUN' });
  expect(tagsOf(await fine)).toEqual([2]);
});
