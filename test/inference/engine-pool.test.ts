import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/inference/engine.ts';
import { poolEngines } from '../../src/inference/engine-pool.ts';
import type { Model } from '../../src/model/index.ts';
import type { ClassMaps, ModelInput } from '../../src/types.ts';
import { leftOver, loadModel, openEngine, type Resources, resources } from '../cli/support/built.ts';
import { scratch } from '../cli/support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { engineContract } from './contract.ts';

const space = scratch();
const tiny: Model = await loadModel(writeTinyModel(space.path('model')));
afterAll(() => space.remove());

engineContract('a pool of workers', {
  open: () => openEngine(tiny, { threads: 2, favour: 'throughput' }),
  provider: 'cpu',
  classCount: tiny.manifest.classCount,
  multipleOf: tiny.manifest.input.multipleOf,
  stride: tiny.manifest.stride,
});

describe('a pool of workers', () => {
  let idle: Resources;
  beforeAll(async () => {
    await (await openEngine(tiny)).close();
    idle = resources();
  });

  it('has a worker for each of a few threads', async () => {
    const engine = await openEngine(tiny, { threads: 3, favour: 'throughput' });
    await engine.close();
    expect(engine.concurrency).toBe(3);
  });

  it('leaves nothing open, closed before all are there', async () => {
    const engine = await openEngine(tiny, { threads: 4, favour: 'throughput' });
    await Promise.all([engine.close(), engine.close()]);
    expect(await leftOver(idle)).toEqual({ threads: 0, descriptors: 0 });
  });
});

describe('a run', () => {
  it('goes to the engine with the fewest runs under way, once that is there', async () => {
    const runs: string[] = [];
    const gates: (() => void)[] = [];
    const engine = (name: string): Engine => ({
      provider: 'cpu',
      run: () =>
        new Promise<ClassMaps[]>((resolve) => {
          runs.push(name);
          gates.push(() => resolve([]));
        }),
      close: async () => {},
    });
    let arrive: (second: Engine) => void = () => {};
    const pool = poolEngines(engine('first'), [() => new Promise((resolve) => (arrive = resolve))]);
    const none: ModelInput[] = [];
    const alone = [pool.run(none), pool.run(none)];
    arrive(engine('second'));
    await new Promise(setImmediate);
    const later = [pool.run(none), pool.run(none), pool.run(none)];
    for (const open of gates) open();
    await Promise.all([...alone, ...later]);
    expect(runs).toEqual(['first', 'first', 'second', 'second', 'first']);
  });

  it('tells of an engine that could not be opened', async () => {
    const first: Engine = { provider: 'cpu', run: async () => [], close: async () => {} };
    const pool = poolEngines(first, [() => Promise.reject(new Error('no memory'))]);
    await new Promise(setImmediate);
    await expect(pool.run([])).rejects.toThrow('no memory');
    await pool.close();
  });
});
