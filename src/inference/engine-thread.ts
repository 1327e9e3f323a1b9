import { Worker } from 'node:worker_threads';
import { HeatboxError } from '../error.ts';
import { clock } from '../threads/notes.ts';
import { threadLimits } from '../threads/thread-limits.ts';
import { fromWire } from '../threads/wire-error.ts';
import type { ClassMaps, ClassWeights, ModelInput } from '../types.ts';
import { buffersOf } from './buffers-of.ts';
import type { Engine, EngineWork, NetworkOptions } from './engine.ts';
import { letGo } from './let-go.ts';
import type { RefinableNetwork } from './sessions/features.ts';
import type { EngineCommand, EngineEvent, Opened } from './worker.ts';

interface Waiting {
  readonly inputs: readonly ModelInput[];
  resolve(maps: ClassMaps[]): void;
  reject(error: HeatboxError): void;
}

export interface StartedEngine extends Engine {
  /** For further engines of the same network. */
  readonly variant?: RefinableNetwork;
}

/**
 * Loads a network in a worker thread. One function, since its parts share the runs that wait and whether the thread is gone.
 *
 * @param onWork - Told of the loading and of each run.
 * @throws HeatboxError `ENGINE_PROVIDER`, `ENGINE_MODEL`
 */
export async function startEngine(
  options: NetworkOptions,
  onWork?: (work: Omit<EngineWork, 'worker'>) => void,
): Promise<StartedEngine> {
  const began = clock();
  const worker = new Worker(new URL('./worker.js', import.meta.url), { resourceLimits: threadLimits });
  const runs = new Map<number, Waiting>();
  let count = 0;
  let gone: HeatboxError | undefined;
  let weights: ClassWeights | undefined;
  let opening: { resolve(opened: Opened): void; reject(error: HeatboxError): void } | undefined;
  const exit = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      lose(new HeatboxError('ENGINE_GONE', 'the inference thread has ended'));
      resolve();
    });
  });

  function lose(error: HeatboxError): void {
    gone ??= error;
    opening?.reject(error);
    for (const run of runs.values()) run.reject(error);
    runs.clear();
  }

  const send = (command: EngineCommand) => worker.postMessage(command);
  worker.on('error', (error) =>
    lose(new HeatboxError('ENGINE_FAILED', `the inference thread failed: ${error.message}`, { cause: error })),
  );
  worker.on('message', (event: EngineEvent) => {
    if (event.type === 'opened') {
      const { type: _type, ...opened } = event;
      weights = (opened.variant ?? options.variant)?.weights;
      opening?.resolve(opened);
    } else if (event.type === 'result') {
      const { id, maps, began, milliseconds } = event;
      const run = settle(id);
      if (run !== undefined) onWork?.({ stage: 'network', began, milliseconds, inputs: run.inputs });
      run?.resolve(handOut(maps));
    } else if (event.id !== undefined) settle(event.id)?.reject(fromWire(event.error));
    else lose(fromWire(event.error));
  });

  /** The weights are the same for every frame and come over once. */
  function handOut(batch: readonly ClassMaps[]): ClassMaps[] {
    const held = new Set(batch);
    const buffers = buffersOf(batch);
    return batch.map((maps) => ({
      ...maps,
      ...(maps.features && weights && { features: { ...maps.features, weights } }),
      release() {
        if (held.delete(maps) && held.size === 0) letGo(buffers);
      },
    }));
  }

  function settle(id: number): Waiting | undefined {
    const run = runs.get(id);
    runs.delete(id);
    return run;
  }

  async function close(): Promise<void> {
    send({ type: 'close' });
    await exit;
  }

  let opened: Opened;
  try {
    opened = await new Promise<Opened>((resolve, reject) => {
      opening = { resolve, reject };
      send({ type: 'open', options: withoutWeights(options) });
    });
  } catch (error) {
    await close();
    throw error;
  }
  opening = undefined;
  onWork?.({ stage: 'load', began, milliseconds: clock() - began });
  return {
    ...opened,
    run: (inputs) =>
      new Promise((resolve, reject) => {
        if (gone !== undefined) return reject(gone);
        const id = count++;
        runs.set(id, { inputs, resolve, reject });
        send({ type: 'run', id, inputs });
      }),
    close,
  };
}

/** They are needed in this thread alone. */
function withoutWeights(options: NetworkOptions): NetworkOptions {
  if (options.variant === undefined) return options;
  const { weights: _weights, ...variant } = options.variant;
  return { ...options, variant };
}
