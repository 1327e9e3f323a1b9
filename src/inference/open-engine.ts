import { availableParallelism } from 'node:os';
import type { Model } from '../model/index.ts';
import type { Size } from '../types.ts';
import type { Engine } from './engine.ts';
import { poolEngines } from './engine-pool.ts';
import { startEngine } from './engine-thread.ts';

export interface OpenEngineOptions {
  /** onnxruntime's execution provider; `cpu` where absent. */
  readonly provider?: string | undefined;
  /** Threads the network may use; all cores where absent. */
  readonly threads?: number | undefined;
  /**
   * `throughput`: several workers share the threads and run a batch each, which the CPU does faster than all threads one
   * batch, whose parts wait for each other. `latency`, the default: one worker, so that each batch is done soonest.
   */
  readonly favour?: 'throughput' | 'latency' | undefined;
  /** Frames of this shape are run once at the start, so that the first ones are not slower. */
  readonly warmUp?: (Size & { readonly batch: number }) | undefined;
  /** Give what maps are refined with. */
  readonly refine?: boolean | undefined;
}

/** Each worker has the network in its memory. */
const MOST_WORKERS = 4;

/**
 * Loads a model's network in worker threads.
 *
 * @throws HeatboxError `ENGINE_PROVIDER`, `ENGINE_MODEL`
 */
export async function openEngine(
  model: Model,
  { provider, threads = availableParallelism(), favour, warmUp, refine }: OpenEngineOptions = {},
): Promise<Engine> {
  const several = favour === 'throughput' && (provider ?? 'cpu') === 'cpu';
  const workers = several ? Math.min(threads, MOST_WORKERS) : 1;
  const options = {
    onnxPath: model.onnxPath,
    multipleOf: model.manifest.input.multipleOf,
    names: { input: model.manifest.input.name, ...model.manifest.outputs },
    threads: Math.ceil(threads / workers),
    ...(provider === undefined ? {} : { provider }),
    ...(warmUp === undefined ? {} : { warmUp }),
    ...(refine ? { refine } : {}),
  };
  const open = () => startEngine(options);
  const first = await open();
  return workers === 1 ? first : poolEngines(first, Array<typeof open>(workers - 1).fill(open));
}
