import { expect, it } from 'vitest';
import { poolEngines } from '../../src/inference/pooled-engine.ts';
import { inputs, manualEngine, tagsOf } from './support.ts';

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
