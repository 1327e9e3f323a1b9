import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { HeatboxError } from '../../error.ts';
import { readOnnx } from '../../model/onnx/index.ts';
import type { ClassMaps, ModelInput } from '../../types.ts';
import type { NetworkOptions } from '../engine.ts';
import { letGo } from '../let-go.ts';
import { bestProvider, type Place } from '../providers/auto-provider.ts';
import { dotProducts, needsNarrowWeights } from '../providers/dot-products.ts';
import { executionProvider, providerError } from '../providers/onnx-provider.ts';
import { choosePrecision } from '../providers/precision.ts';
import { deviceOf } from '../providers/providers.ts';
import { timeConvolution } from '../providers/test-convolution.ts';
import { checkInputs } from './check-inputs.ts';
import type { RefinableNetwork } from './features.ts';
import { featuresOf, ofInput } from './features.ts';
import { openInBestPrecision } from './half-session.ts';
import { readNetwork } from './read-network.ts';
import type { Session } from './session.ts';

// What fails is thrown as well; onnxruntime would write it to stderr, in colour and on several lines.
env.logLevel = 'fatal';
const FATAL = 4;

/** Where float16 may serve. The CPU has no arithmetic for it, and Core ML chooses by itself. */
const halvable = ['webgpu', 'cuda', 'tensorrt', 'directml'];

/**
 * A session of onnxruntime for a network with a CAM head (uint8 `[N, H, W, 3]` in; maps `[N, C, H/32, W/32]` and logits
 * `[N, C]` out). `run` blocks its thread.
 *
 * @throws HeatboxError `ENGINE_PROVIDER` where the provider is not there, `ENGINE_MODEL` where the file is no such network,
 * `PRECISION_MISSING`, `MODEL_DAMAGED` where the file has another hash than it should.
 */
export async function openOnnxSession(options: NetworkOptions): Promise<Session> {
  const { multipleOf, names, threads } = options;
  const instructions = options.dotProducts ?? dotProducts();
  const optionsFor = (name: string): InferenceSession.SessionOptions => ({
    executionProviders: [executionProvider(name)],
    graphOptimizationLevel: 'all',
    extra: {
      session: {
        // Where a network finds the weights it refers to.
        model_external_initializers_file_folder_path: dirname(options.onnxPath),
      },
    },
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    logSeverityLevel: FATAL,
  });
  const place: Partial<Place> =
    options.provider === 'auto' ? await bestProvider((name) => timeConvolution(optionsFor(name))) : options;
  const { provider = 'cpu' } = place;
  const sessionOptions = optionsFor(provider);
  const choice = choosePrecision({
    wish: options.precision ?? 'auto',
    provider: deviceOf(provider).provider,
    dotProducts: instructions,
    arch: process.arch,
    quantised: options.int8Path !== undefined,
  });
  const onnxPath = choice.precision === 'int8' ? options.int8Path! : options.onnxPath;
  const failed = (cause: Error) => {
    throw cause instanceof HeatboxError ? cause : sessionError(provider, onnxPath, cause);
  };
  // Another session may have read it already.
  const read = options.variant
    ? undefined
    : await readNetwork(onnxPath, {
        hashes: options.hashes,
        outlinePath: options.outlinePath,
        names,
        head: options.head,
        refine: options.refine,
        narrow: choice.precision === 'int8' && needsNarrowWeights(instructions),
      }).catch(failed);
  const variant = options.variant ?? read?.variant;
  const { session, half } = await openNetwork().catch(failed);
  if (read !== undefined) letGo([read.bytes.buffer as ArrayBuffer]);

  async function openNetwork(): Promise<{ session: InferenceSession; half: boolean }> {
    if (choice.precision === 'fp16' && halvable.includes(deviceOf(provider).provider)) {
      const model = read?.model ?? readOnnx(await readFile(onnxPath));
      return openInBestPrecision(model, names, sessionOptions, options.size);
    }
    const network = variant?.network ?? read?.network;
    const session = await (network === undefined
      ? InferenceSession.create(onnxPath, sessionOptions)
      : InferenceSession.create(network, sessionOptions));
    return { session, half: false };
  }

  try {
    checkNames(session, onnxPath, names, variant !== undefined);
  } catch (error) {
    await session.release();
    throw error;
  }

  const precision = choice.precision === 'fp16' && !half ? 'fp32' : choice.precision;
  const why = [place.why, choice.why].filter((reason) => reason !== undefined).join('; ');
  return {
    provider,
    precision,
    run: runOf(session, names, multipleOf, variant),
    release: () => session.release(),
    ...(why === '' ? {} : { why }),
    ...(options.refine && variant === undefined ? { plain: true } : {}),
    ...(variant?.outline === undefined ? {} : { outlined: true }),
    variant: read?.variant,
  };
}

/** @throws HeatboxError `ENGINE_MODEL` if the network lacks an input or output; a variant may do without its maps. */
function checkNames(session: InferenceSession, path: string, names: NetworkOptions['names'], isVariant: boolean): void {
  for (const [kind, name] of Object.entries(names)) {
    if (kind === 'maps' && isVariant) continue;
    if ([...session.inputNames, ...session.outputNames].includes(name)) continue;
    throw new HeatboxError('ENGINE_MODEL', `${path} has no ${kind} "${name}"`, {
      value: name,
      kind: 'usage',
      hint: 'Its manifest.json must name the input and the outputs of the network.',
    });
  }
}

/** Runs batches through an open session. @throws HeatboxError `ENGINE_INPUT`, `ENGINE_RUN` */
function runOf(
  session: InferenceSession,
  names: NetworkOptions['names'],
  multipleOf: number,
  variant: RefinableNetwork | undefined,
): Session['run'] {
  let pixels = new Uint8Array(0);

  return async (inputs: readonly ModelInput[]): Promise<ClassMaps[]> => {
    const [first] = inputs;
    if (first === undefined) return [];
    const { width, height } = first;
    const frame = width * height * 3;
    checkInputs(inputs, multipleOf);
    // The binding refuses views of shared memory, so the batch is gathered in a buffer of its own.
    if (pixels.length !== frame * inputs.length) pixels = new Uint8Array(frame * inputs.length);
    for (const [position, { data }] of inputs.entries()) pixels.set(data, position * frame);
    const feeds = { [names.input]: new Tensor('uint8', pixels, [inputs.length, height, width, 3]) };
    const values = await session.run(feeds).catch((cause: Error) => {
      throw new HeatboxError(
        'ENGINE_RUN',
        `the network failed on ${inputs.length} inputs of ${width}x${height}: ${cause.message}`,
        { cause },
      );
    });
    const maps = values[names.maps];
    const logits = values[names.logits]!;
    const [, classCount] = logits.dims as [number, number];
    const [, , rows, cols] = (maps ?? values[variant!.stages.last]!).dims as [number, number, number, number];
    return inputs.map((_, position) => ({
      classCount,
      rows,
      cols,
      logits: ofInput(logits, position),
      ...(maps && { maps: ofInput(maps, position) }),
      ...(variant && { features: featuresOf(variant, values, position) }),
    }));
  };
}

function sessionError(provider: string, path: string, cause: Error): HeatboxError {
  if (provider !== 'cpu' && /provider|backend|EP |dlopen|\.so|adapter/i.test(cause.message))
    return providerError(provider, cause);
  const message = `onnxruntime cannot load ${path}: ${cause.message.split('\n')[0]}`;
  return new HeatboxError('ENGINE_MODEL', message, {
    value: path,
    cause,
    kind: 'usage',
    hint: 'Check that it is an ONNX file, and that this version of onnxruntime knows its operators.',
  });
}
