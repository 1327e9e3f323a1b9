import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { HeatboxError } from '../error.ts';
import { writeOnnx } from '../model/onnx/index.ts';
import type { ClassMaps, ClassWeights, ModelInput } from '../types.ts';
import type { EngineOptions } from './engine.ts';
import { featuresOf, readRefinable } from './features.ts';
import { providerError } from './providers.ts';

export interface OnnxSession {
  /** See `Engine`. */
  readonly plain?: true;
  /** See `Features`. Frames' features come without them. */
  readonly weights?: ClassWeights;
  run(inputs: readonly ModelInput[]): Promise<ClassMaps[]>;
  release(): Promise<void>;
}

// What fails is thrown as well; onnxruntime would write it to stderr, in colour and on several lines.
env.logLevel = 'fatal';
const FATAL = 4;

/**
 * A session of onnxruntime for a network with a CAM head (uint8 `[N, H, W, 3]` in; maps `[N, C, H/32, W/32]` and logits
 * `[N, C]` out). `run` blocks its thread.
 *
 * @throws HeatboxError `ENGINE_PROVIDER` where the provider is not there, `ENGINE_MODEL` where the file is no such network.
 */
export async function openOnnxSession(options: EngineOptions): Promise<OnnxSession> {
  const { onnxPath, multipleOf, names, provider = 'cpu', threads, warmUp } = options;
  const sessionOptions = {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    logSeverityLevel: FATAL,
  } as const;
  const failed = (cause: Error) => {
    throw cause instanceof HeatboxError ? cause : sessionError(provider, onnxPath, cause);
  };
  const variant = options.refine ? await readRefinable(options).catch(failed) : undefined;
  // Two calls, since the binding's types know a path or bytes, not either.
  const session = await (variant === undefined
    ? InferenceSession.create(onnxPath, sessionOptions)
    : InferenceSession.create(writeOnnx(variant.model), sessionOptions)
  ).catch(failed);

  for (const [kind, name] of Object.entries(names)) {
    if (![...session.inputNames, ...session.outputNames].includes(name)) {
      await session.release();
      throw new HeatboxError('ENGINE_MODEL', `${onnxPath} has no ${kind} "${name}"`, {
        value: name,
        kind: 'usage',
        hint: 'Its manifest.json must name the input and the outputs of the network.',
      });
    }
  }
  let pixels = new Uint8Array(0);

  async function run(inputs: readonly ModelInput[]): Promise<ClassMaps[]> {
    const [first] = inputs;
    if (first === undefined) return [];
    const { width, height } = first;
    const frame = width * height * 3;
    for (const input of inputs) checkInput(input, first, multipleOf);
    // The binding refuses views of shared memory, so the batch is gathered in a buffer of its own.
    if (pixels.length !== frame * inputs.length) pixels = new Uint8Array(frame * inputs.length);
    for (const [position, { data }] of inputs.entries()) pixels.set(data, position * frame);
    const feeds = { [names.input]: new Tensor('uint8', pixels, [inputs.length, height, width, 3]) };
    const outputs = await session.run(feeds).catch((cause: Error) => {
      throw new HeatboxError(
        'ENGINE_RUN',
        `the network failed on ${inputs.length} inputs of ${width}x${height}: ${cause.message}`,
        { cause },
      );
    });
    const maps = outputs[names.maps]!;
    const logits = outputs[names.logits]!;
    try {
      const [, classCount, rows, cols] = maps.dims as [number, number, number, number];
      const mapValues = maps.data as Float32Array;
      const logitValues = logits.data as Float32Array;
      const cells = classCount * rows * cols;
      return inputs.map((_, position) => ({
        classCount,
        rows,
        cols,
        logits: logitValues.slice(position * classCount, (position + 1) * classCount),
        maps: mapValues.slice(position * cells, (position + 1) * cells),
        ...(variant && { features: featuresOf(variant, outputs, position) }),
      }));
    } finally {
      for (const output of Object.values(outputs)) output.dispose();
    }
  }

  if (warmUp !== undefined) {
    const { width, height, batch } = warmUp;
    const blank = { width, height, data: new Uint8Array(width * height * 3) };
    try {
      await run(Array.from({ length: batch }, () => blank));
    } catch (error) {
      await session.release();
      throw error;
    }
  }
  return {
    run,
    release: () => session.release(),
    ...(options.refine && variant === undefined ? { plain: true } : {}),
    ...(variant?.weights && { weights: variant.weights }),
  };
}

function checkInput({ width, height, data }: ModelInput, first: ModelInput, multipleOf: number): void {
  const fail = (message: string) => {
    throw new HeatboxError('ENGINE_INPUT', message, { value: `${width}x${height}` });
  };
  if (!(width > 0 && height > 0 && width % multipleOf === 0 && height % multipleOf === 0))
    fail(`an input of ${width}x${height}: the network takes multiples of ${multipleOf}`);
  if (data.length !== width * height * 3)
    fail(`an input of ${width}x${height} has ${width * height * 3} bytes, not ${data.length}`);
  if (width !== first.width || height !== first.height)
    fail(`one batch with inputs of ${first.width}x${first.height} and of ${width}x${height}`);
}

function sessionError(provider: string, path: string, cause: Error): HeatboxError {
  if (provider !== 'cpu' && /provider|backend|EP |dlopen|\.so/i.test(cause.message))
    return providerError(provider, cause);
  const message = `onnxruntime cannot load ${path}: ${cause.message.split('\n')[0]}`;
  return new HeatboxError('ENGINE_MODEL', message, {
    value: path,
    cause,
    kind: 'usage',
    hint: 'Check that it is an ONNX file, and that this version of onnxruntime knows its operators.',
  });
}
