import { availableParallelism } from 'node:os';
import { HeatboxError } from '../error.ts';
import { chooseInputSize, type Model } from '../model/index.ts';
import type { Size } from '../types.ts';
import type { Engine, EngineOptions, RefineOptions } from './engine.ts';
import { startEngine } from './engine-thread.ts';
import { withFallback } from './fallback-engine.ts';
import { poolEngines } from './pooled-engine.ts';
import { isTfjs, parseProviders } from './providers.ts';

export interface OpenEngineOptions {
  /**
   * Where it runs: `auto`, the default, is the fastest that is here. Several with commas between are a worker each, as
   * `cuda:0,cuda:1` or `cpu,cpu`. See `parseProviders`.
   */
  readonly provider?: string | undefined;
  /** Threads of the network's operators on the CPU, shared by its workers; all cores where absent. */
  readonly threads?: number | undefined;
  /** Frames of this shape are run once at the start, so that the first ones are not slower. */
  readonly warmUp?: (Size & { readonly batch: number }) | undefined;
  /** Refine the maps of the classes that are localised. */
  readonly refine?: RefineOptions | undefined;
  /** Told `ENGINE_FELL_BACK` when a device fails and the CPU goes on in its place. */
  readonly onWarning?: ((code: string, message: string) => void) | undefined;
}

/** Where there is no device to be lost. */
const onProcessor = ['cpu', 'tfjs-node', 'tfjs-wasm'];

/**
 * Loads a model's network, each worker in a thread of its own.
 *
 * @throws HeatboxError `ENGINE_PROVIDER`, `ENGINE_MODEL`
 */
export async function openEngine(model: Model, options: OpenEngineOptions = {}): Promise<Engine> {
  const { threads = availableParallelism(), warmUp, refine, onWarning } = options;
  const names = providersFor(model, options.provider ?? 'auto');
  const onCpu = names.filter((name) => name === 'cpu').length;
  const own: EngineOptions = {
    onnxPath: model.onnxPath,
    ...(model.tfjs && { tfjs: model.tfjs }),
    multipleOf: model.manifest.input.multipleOf,
    size: chooseInputSize({ width: 1, height: 1 }, model),
    names: { input: model.manifest.input.name, ...model.manifest.outputs },
    threads: Math.max(1, Math.floor(threads / Math.max(1, onCpu))),
    ...(refine === undefined ? {} : { refine }),
  };

  async function open(name: string): Promise<Engine> {
    const engine = await startEngine({ ...own, provider: name, ...(warmUp === undefined ? {} : { warmUp }) });
    if (onProcessor.includes(engine.provider)) return engine;
    const substitute = model.tfjs === undefined ? 'cpu' : 'tfjs-wasm';
    return withFallback(engine, { open: () => startEngine({ ...own, provider: substitute }), onWarning });
  }

  const opened = await Promise.allSettled(names.map(open));
  const engines = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed === undefined) return poolEngines(engines);
  await Promise.all(engines.map((engine) => engine.close()));
  throw failed.reason;
}

/** @throws HeatboxError `ENGINE_PROVIDER`, `ENGINE_MODEL` where the engine asked for does not run such a model. */
function providersFor({ name, tfjs }: Model, provider: string): string[] {
  const names = parseProviders(provider);
  if (names[0] === 'auto') return tfjs === undefined ? names : ['tfjs'];
  if (isTfjs(names[0]!) === (tfjs !== undefined)) return names;
  const [what, hint] =
    tfjs === undefined
      ? [
          'an ONNX network',
          'Give a model of TensorFlow.js: heatbox models pull resnet50-tfjs, and --model resnet50-tfjs.',
        ]
      : ['a model of TensorFlow.js', 'Leave --provider out to run it with TensorFlow.js, or export it to ONNX.'];
  throw new HeatboxError('ENGINE_MODEL', `the model ${name} is ${what}, which ${provider} does not run`, {
    value: provider,
    kind: 'usage',
    hint,
  });
}
