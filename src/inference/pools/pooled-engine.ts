import type { Engine } from '../engine.ts';
import { inOrder } from './in-order.ts';
import { mapsOf } from './maps-of.ts';

/**
 * Several engines of one network as one: each batch goes to the one with the fewest under way, and they are answered in
 * order.
 *
 * @param engines - at least one.
 * @param later - Further ones, opened one after another from the first batch on that finds all the others at work. Where
 * that fails, the runs after it fail.
 */
export function poolEngines(engines: readonly Engine[], later: readonly (() => Promise<Engine>)[] = []): Engine {
  const [first] = engines;
  if (engines.length === 1 && later.length === 0) return first!;
  const ordered = inOrder();
  const lanes = engines.map((engine) => ({ engine, underWay: 0 }));
  let failure: unknown;
  let closing: Promise<void> | undefined;
  let opening: Promise<void> | undefined;

  async function openLater(): Promise<void> {
    try {
      for (const open of later) if (closing === undefined) lanes.push({ engine: await open(), underWay: 0 });
    } catch (error) {
      failure = error;
    }
  }

  async function runOnIdlest(...batch: Parameters<Engine['run']>): ReturnType<Engine['run']> {
    if (failure !== undefined) throw failure;
    const lane = lanes.reduce((best, one) => (one.underWay < best.underWay ? one : best));
    if (lane.underWay > 0) opening ??= openLater();
    lane.underWay++;
    try {
      return await lane.engine.run(...batch);
    } finally {
      lane.underWay--;
    }
  }

  async function close(): Promise<void> {
    const open = lanes.length;
    await Promise.all([...lanes.map(({ engine }) => engine.close()), opening]);
    await Promise.all(lanes.slice(open).map(({ engine }) => engine.close()));
  }

  return {
    get provider() {
      return engines.map(({ provider }) => provider).join();
    },
    why: first!.why,
    precision: first!.precision,
    workers: engines.length + later.length,
    ...mapsOf(first!),
    run: (inputs) => ordered(runOnIdlest(inputs)),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
