import type { Engine } from './engine.ts';
import { inOrder } from './in-order.ts';

/**
 * Several engines of one network as one: each batch goes to the one with the fewest under way, and they are answered in
 * order.
 *
 * @param engines - at least one.
 */
export function poolEngines(engines: readonly Engine[]): Engine {
  const [first] = engines;
  if (engines.length === 1) return first!;
  const ordered = inOrder();
  const busy = new Map(engines.map((engine) => [engine, 0]));
  const change = (engine: Engine, by: number) => busy.set(engine, busy.get(engine)! + by);

  async function runOn(engine: Engine, ...batch: Parameters<Engine['run']>): ReturnType<Engine['run']> {
    change(engine, 1);
    try {
      return await engine.run(...batch);
    } finally {
      change(engine, -1);
    }
  }

  return {
    get provider() {
      return engines.map(({ provider }) => provider).join();
    },
    why: first!.why,
    workers: engines.length,
    ...(first!.lacks === undefined ? {} : { lacks: first!.lacks }),
    run(inputs, unions) {
      const idlest = engines.reduce((best, engine) => (busy.get(engine)! < busy.get(best)! ? engine : best));
      return ordered(runOn(idlest, inputs, unions));
    },
    async close() {
      await Promise.all(engines.map((engine) => engine.close()));
    },
  };
}
