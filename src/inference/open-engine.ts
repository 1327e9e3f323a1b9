import { availableParallelism } from 'node:os';
import { type AccuracyName, accuracyOf, PLAIN_THRESHOLD, thresholdOf } from '../cam/accuracy.ts';
import { HeatboxError } from '../error.ts';
import type { WarningCode } from '../error-codes.ts';
import { chooseInputSize, type Model } from '../model/index.ts';
import type { Engine, EngineWork, NetworkOptions } from './engine.ts';
import { type StartedEngine, startEngine } from './engine-thread.ts';
import { withFallback } from './pools/fallback-engine.ts';
import { poolEngines } from './pools/pooled-engine.ts';
import type { PrecisionWish } from './providers/precision.ts';
import { checkProviders, isTfjs } from './providers/providers.ts';
import type { RefinableNetwork } from './sessions/features.ts';

/** Options of {@link openEngine}. */
export interface OpenEngineOptions {
  /**
   * Where the network runs, one entry per worker: `cpu`, `webgpu`, `cuda`, `tensorrt`, `coreml`, `directml` or `tfjs`, for some
   * with the number of a device, e.g. `['cuda:0', 'cuda:1']`. Defaults to `['auto']`, the fastest here.
   */
  readonly providers?: readonly string[];
  /**
   * What the network computes in: `fp32`, `fp16` (GPUs) or `int8`. Defaults to `auto`: the fastest here without a loss that
   * shows.
   */
  readonly precision?: PrecisionWish;
  /** How much work goes into the maps. Defaults to `fast`. `plain` gives class activation maps as they are, unrefined. */
  readonly accuracy?: AccuracyName | 'plain';
  /** Threads of the network on the CPU, shared by its workers. Defaults to all cores. */
  readonly threads?: number;
  /**
   * `throughput`: several workers share the threads and run a batch each, which the CPU does faster than all threads one
   * batch, whose parts wait for each other. `latency`, the default: one worker, so that each batch is done soonest.
   */
  readonly favour?: 'throughput' | 'latency';
  /** Called with `ENGINE_FELL_BACK` when a device fails and the CPU takes over. */
  readonly onWarning?: (code: WarningCode, message: string) => void;
  /** Called for everything that the workers do. */
  readonly onWork?: (work: EngineWork) => void;
}

/** Each worker has the network in its memory. */
const MOST_WORKERS = 4;

/** Where there is no device to be lost. */
const onProcessor = ['cpu', 'tfjs-node', 'tfjs-wasm'];

/** Where several workers are faster than one with all threads: WebAssembly has one thread only. */
const singly = ['cpu', 'tfjs-wasm'];

/**
 * Loads a model's network, each worker in a thread of its own. Close the engine when you are done with it.
 *
 * @example
 * const engine = await openEngine(await loadModel(), { accuracy: 'accurate' });
 *
 * @throws HeatboxError `ENGINE_PROVIDER`, `ENGINE_MODEL`, `PRECISION_MISSING`, `MODEL_DAMAGED`
 */
export async function openEngine(model: Model, options: OpenEngineOptions = {}): Promise<Engine> {
  const {
    precision = 'auto',
    threads = availableParallelism(),
    favour = 'latency',
    accuracy = 'fast',
    onWarning,
    onWork,
  } = options;
  let workers = 0;
  const names = providersFor(model, options.providers ?? ['auto']);
  const several = favour === 'throughput' && names.length === 1;
  const onCpu = several ? Math.min(threads, MOST_WORKERS) : names.filter((name) => name === 'cpu').length;
  const own: NetworkOptions = {
    onnxPath: model.networkPath,
    tfjs: model.tfjs,
    int8Path: model.int8Path,
    outlinePath: model.outlinePath,
    head: model.head,
    hashes: hashesOf(model),
    precision,
    multipleOf: model.manifest.input.multipleOf,
    size: chooseInputSize({ width: 1, height: 1 }, model),
    names: { input: model.manifest.input.name, ...model.manifest.outputs },
    threads: Math.max(1, several ? Math.ceil(threads / onCpu) : Math.floor(threads / Math.max(1, onCpu))),
    refine: accuracy === 'plain' ? undefined : accuracyOf(accuracy),
  };

  async function start(options: NetworkOptions): Promise<StartedEngine> {
    const worker = workers++;
    const engine = await startEngine(options, onWork && ((work) => onWork({ worker, ...work })));
    const threshold = accuracy === 'plain' ? PLAIN_THRESHOLD : thresholdOf(engine, accuracy);
    return { ...engine, threshold };
  }

  async function open(name: string, variant?: RefinableNetwork): Promise<StartedEngine> {
    const engine = await start({ ...own, provider: name, variant });
    if (onProcessor.includes(engine.provider)) return engine;
    const substitute = model.tfjs === undefined ? 'cpu' : 'tfjs-wasm';
    return withFallback(engine, { open: () => start({ ...own, threads, provider: substitute }), onWarning });
  }

  const opened = await Promise.allSettled(names.map((name) => open(name)));
  const engines = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed === undefined) {
    const { provider } = engines[0]!;
    const more = several && singly.includes(provider) ? onCpu - 1 : 0;
    return poolEngines(
      engines,
      Array<() => Promise<Engine>>(more).fill(() => open(provider, engines[0]!.variant)),
    );
  }
  await Promise.all(engines.map((engine) => engine.close()));
  throw failed.reason;
}

/** Of its ONNX files; those of TensorFlow.js are compared when they are read. */
function hashesOf(model: Model): Readonly<Record<string, string>> {
  const { tfjs, networkPath, int8Path, outlinePath, manifest } = model;
  const { model: network, int8, outline } = manifest.files;
  if (tfjs !== undefined) return {};
  return {
    [networkPath]: network.sha256,
    ...(int8Path && int8 && { [int8Path]: int8.sha256 }),
    ...(outlinePath && outline && { [outlinePath]: outline.sha256 }),
  };
}

/** @throws HeatboxError `ENGINE_PROVIDER`, `ENGINE_MODEL` where the engine asked for does not run such a model. */
function providersFor({ name, tfjs }: Model, wanted: readonly string[]): string[] {
  const names = checkProviders(wanted);
  if (names[0] === 'auto') return tfjs === undefined ? names : ['tfjs'];
  if (isTfjs(names[0]!) === (tfjs !== undefined)) return names;
  const [what, hint] =
    tfjs === undefined
      ? [
          'an ONNX network',
          'Give a model of TensorFlow.js: heatbox models pull resnet50-tfjs, and --model resnet50-tfjs.',
        ]
      : ['a model of TensorFlow.js', 'Leave --provider out to run it with TensorFlow.js, or export it to ONNX.'];
  throw new HeatboxError('ENGINE_MODEL', `the model ${name} is ${what}, which ${names.join()} does not run`, {
    value: wanted,
    kind: 'usage',
    hint,
  });
}
