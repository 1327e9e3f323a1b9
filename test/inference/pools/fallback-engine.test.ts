import { describe, expect, it } from 'vitest';
import { withFallback } from '../../../src/inference/pools/fallback-engine.ts';
import { inputs, manualEngine, tagsOf } from '../support.ts';

function pair() {
  const gpu = manualEngine('cuda');
  const cpu = manualEngine('cpu');
  const warnings: string[] = [];
  let opened = 0;
  const engine = withFallback(gpu.engine, {
    open: async () => {
      opened++;
      return cpu.engine;
    },
    onWarning: (code, message) => warnings.push(`${code} ${message}`),
  });
  return { gpu, cpu, engine, warnings, opened: () => opened };
}

describe('an engine with another to fall back on', () => {
  it('runs the batches under way again there, and all that come after, and says so once', async () => {
    const { gpu, cpu, engine, warnings, opened } = pair();
    const runs = [engine.run(inputs(1)), engine.run(inputs(2, 3)), engine.run(inputs(4))];
    await gpu.answer();
    await gpu.fail();
    await gpu.fail('ENGINE_GONE');
    await cpu.answer();
    await cpu.answer();
    const late = engine.run(inputs(5));
    await cpu.answer();
    expect(tagsOf((await Promise.all([...runs, late])).flat())).toEqual([1, 2, 3, 4, 5]);
    expect(cpu.batches).toEqual([[2, 3], [4], [5]]);
    expect(engine.provider).toBe('cpu');
    expect(opened()).toBe(1);
    expect(warnings).toEqual([
      'ENGINE_FELL_BACK the network failed on cuda (device lost) and goes on on cpu; no frame is lost',
    ]);
    await engine.close();
    await engine.close();
    expect([gpu.closed(), cpu.closed()]).toEqual([1, 1]);
  });

  it('answers in order, though the device comes back', async () => {
    const { gpu, cpu, engine } = pair();
    const order: number[] = [];
    const runs = [1, 2].map((tag) => engine.run(inputs(tag)).then(() => order.push(tag)));
    await gpu.fail();
    await gpu.answer();
    expect(order).toEqual([]);
    await cpu.answer();
    await Promise.all(runs);
    expect(order).toEqual([1, 2]);
  });

  it('stays where it is when the inputs are at fault', async () => {
    const { gpu, cpu, engine, warnings, opened } = pair();
    const refused = engine.run(inputs(1));
    await gpu.fail('ENGINE_INPUT');
    await expect(refused).rejects.toMatchObject({ code: 'ENGINE_INPUT' });
    expect(opened()).toBe(0);
    const impossible = engine.run(inputs(2));
    await gpu.fail();
    await cpu.fail();
    await expect(impossible).rejects.toMatchObject({ code: 'ENGINE_RUN' });
    expect(engine.provider).toBe('cuda');
    const next = engine.run(inputs(3));
    await gpu.answer();
    expect(tagsOf(await next)).toEqual([3]);
    expect(warnings).toEqual([]);
    await engine.close();
    expect([gpu.closed(), cpu.closed()]).toEqual([1, 1]);
  });

  it('does not begin anew while it is being closed', async () => {
    const { gpu, engine, opened } = pair();
    const run = engine.run(inputs(1));
    const closing = engine.close();
    await gpu.fail();
    await expect(run).rejects.toMatchObject({ code: 'ENGINE_RUN' });
    await closing;
    expect(opened()).toBe(0);
  });
});
