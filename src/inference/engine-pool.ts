import type { Engine } from './engine.ts';

/**
 * Several engines of one network as one. A run goes to the engine with the fewest runs under way, the earliest opened
 * where there are several such: those that open later take part as soon as they are there, so that the first frames wait
 * for one only.
 *
 * @param first - Decides what the pool says of itself.
 * @param rest - Opened one after another, so that they do not slow the first one down.
 */
export function poolEngines(first: Engine, rest: readonly (() => Promise<Engine>)[]): Engine {
  const lanes = [{ engine: first, running: 0 }];
  let failure: unknown;
  let closed: Promise<void> | undefined;
  const opening = openRest();

  async function openRest(): Promise<void> {
    try {
      for (const open of rest) {
        if (closed !== undefined) return;
        lanes.push({ engine: await open(), running: 0 });
      }
    } catch (error) {
      failure = error;
    }
  }

  async function close(): Promise<void> {
    await Promise.all([first.close(), opening]);
    await Promise.all(lanes.map(({ engine }) => engine.close()));
  }

  return {
    provider: first.provider,
    concurrency: 1 + rest.length,
    ...(first.plain ? { plain: true } : {}),
    async run(inputs) {
      if (failure !== undefined) throw failure;
      const lane = lanes.reduce((least, one) => (one.running < least.running ? one : least));
      lane.running++;
      try {
        return await lane.engine.run(inputs);
      } finally {
        lane.running--;
      }
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
