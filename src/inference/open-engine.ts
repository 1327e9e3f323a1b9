import { availableParallelism } from 'node:os';
import type { Model } from '../model/index.ts';
import type { Size } from '../types.ts';
import type { Engine, RefineOptions } from './engine.ts';
import { startEngine } from './engine-thread.ts';

export interface OpenEngineOptions {
  /** onnxruntime's execution provider; `cpu` where absent. */
  readonly provider?: string | undefined;
  /** Threads of the network's operators; all cores where absent. */
  readonly threads?: number | undefined;
  /** Frames of this shape are run once at the start, so that the first ones are not slower. */
  readonly warmUp?: (Size & { readonly batch: number }) | undefined;
  /** Refine the maps of the classes that are localised. */
  readonly refine?: RefineOptions | undefined;
}

/**
 * Loads a model's network in a worker thread.
 *
 * @throws HeatboxError `ENGINE_PROVIDER`, `ENGINE_MODEL`
 */
export function openEngine(
  model: Model,
  { provider, threads = availableParallelism(), warmUp, refine }: OpenEngineOptions = {},
): Promise<Engine> {
  return startEngine({
    onnxPath: model.onnxPath,
    multipleOf: model.manifest.input.multipleOf,
    names: { input: model.manifest.input.name, ...model.manifest.outputs },
    threads,
    ...(provider === undefined ? {} : { provider }),
    ...(warmUp === undefined ? {} : { warmUp }),
    ...(refine === undefined ? {} : { refine }),
  });
}
