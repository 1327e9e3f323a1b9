import { InferenceSession, Tensor } from 'onnxruntime-node';
import { HeatboxError } from '../error.ts';
import type { ClassMaps, ModelInput } from '../types.ts';
import type { EngineOptions } from './engine.ts';

export interface OnnxSession {
  run(inputs: readonly ModelInput[]): Promise<ClassMaps[]>;
  release(): Promise<void>;
}

/**
 * A session of onnxruntime for a network with a CAM head (uint8 `[N, H, W, 3]` in; maps `[N, C, H/32, W/32]` and logits
 * `[N, C]` out). `run` blocks its thread.
 *
 * @throws HeatboxError `ENGINE_PROVIDER` where the provider is not there, `ENGINE_MODEL` where the file is no such network.
 */
export async function openOnnxSession({
  onnxPath,
  names,
  provider = 'cpu',
  threads,
  warmUp,
}: EngineOptions): Promise<OnnxSession> {
  const session = await InferenceSession.create(onnxPath, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    logSeverityLevel: 3,
  }).catch((cause: Error) => {
    throw sessionError(provider, onnxPath, cause);
  });
  for (const [kind, name] of Object.entries(names)) {
    if (![...session.inputNames, ...session.outputNames].includes(name)) {
      await session.release();
      throw new HeatboxError('ENGINE_MODEL', `${onnxPath} has no ${kind} "${name}"`, { value: name, kind: 'usage' });
    }
  }
  let pixels = new Uint8Array(0);

  async function run(inputs: readonly ModelInput[]): Promise<ClassMaps[]> {
    const { width, height } = inputs[0]!;
    const frame = width * height * 3;
    // The binding refuses views of shared memory, so the batch is gathered in a buffer of its own.
    if (pixels.length !== frame * inputs.length) pixels = new Uint8Array(frame * inputs.length);
    for (const [position, input] of inputs.entries()) {
      if (input.width !== width || input.height !== height || input.data.length !== frame) {
        throw new HeatboxError(
          'ENGINE_INPUT',
          `a batch mixes inputs of ${width}x${height} with one of ${input.width}x${input.height}, ${input.data.length} bytes`,
        );
      }
      pixels.set(input.data, position * frame);
    }
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
      }));
    } finally {
      maps.dispose();
      logits.dispose();
    }
  }

  if (warmUp !== undefined) {
    const data = new Uint8Array(warmUp.width * warmUp.height * 3);
    await run(Array.from({ length: warmUp.batch }, () => ({ width: warmUp.width, height: warmUp.height, data })));
  }
  return { run, release: () => session.release() };
}

function sessionError(provider: string, path: string, cause: Error): HeatboxError {
  const missing = provider !== 'cpu' && /provider|backend|EP |dlopen|\.so/i.test(cause.message);
  return missing
    ? new HeatboxError(
        'ENGINE_PROVIDER',
        `the provider "${provider}" is not available: ${cause.message.split('\n')[0]}`,
        {
          value: provider,
          cause,
          kind: 'usage',
          hint: 'Leave --provider out to run on the CPU.',
        },
      )
    : new HeatboxError('ENGINE_MODEL', `onnxruntime cannot load ${path}: ${cause.message.split('\n')[0]}`, {
        value: path,
        cause,
      });
}
