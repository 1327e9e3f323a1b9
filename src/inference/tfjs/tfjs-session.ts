import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { HeatboxError } from '../../error.ts';
import { tfjsHead } from '../../model/tfjs/head.ts';
import type { TfjsHead } from '../../model/tfjs/network.ts';
import type { ModelInput, Size } from '../../types.ts';
import type { NetworkOptions } from '../engine.ts';
import { checkInputs } from '../sessions/check-inputs.ts';
import type { Session } from '../sessions/session.ts';
import { loadTfjs, type Tfjs } from './load-tfjs.ts';
import { pictureValues } from './picture-values.ts';
import { sameOutput } from './same-output.ts';
import { openTrunk, type Trunk } from './trunk.ts';
import type { LoadPackage } from './why-broken.ts';

/** A session, and how many tensors TensorFlow.js holds. */
export interface TfjsSession extends Session {
  tensors(): number;
}

/**
 * A session of TensorFlow.js for a layers or graph model. The linear layer is applied to what the network pools, before the
 * pooling: that gives the maps of all classes, and their means plus the bias are the logits. Compared with the network's own
 * output on a test picture before use. One function, since its parts share the network's tensors, which `release` frees.
 *
 * @throws HeatboxError `ENGINE_PROVIDER` where TensorFlow.js is not there, `ENGINE_MODEL` where it does not run the model.
 */
export async function openTfjsSession(options: NetworkOptions, load?: LoadPackage): Promise<TfjsSession> {
  const network = options.tfjs!;
  const head = await tfjsHead(network);
  const tfjs = await loadTfjs(options.provider ?? 'tfjs', load);
  const { core } = tfjs;
  const trunk = await openTrunk(tfjs, network, head).catch((cause: Error) => {
    throw modelError(`TensorFlow.js cannot load ${network.modelJson}: ${cause.message}`, cause);
  });
  const kernel = head.linear && transposedKernel(tfjs, head.linear);
  const bias = head.linear && core.tensor1d(head.linear.bias);

  /** @returns maps `[N, classes, rows, cols]` and logits `[N, classes]`, and the network's own output. */
  function compute(inputs: readonly ModelInput[]): { maps: Tensor4D; logits: Tensor2D; output: Tensor } {
    return core.tidy(() => {
      const { width, height } = inputs[0]!;
      const image = core.tensor4d(pictureValues(inputs, network.preprocessing), [inputs.length, height, width, 3]);
      const { features, output } = trunk.run(image);
      const [count, rows, cols, channels] = features.shape;
      const flat = core.reshape(features, [count * rows * cols, channels]);
      const classes = kernel === undefined ? flat : core.matMul(flat, kernel);
      const maps = core.reshape(classes, [count, rows, cols, head.classCount]) as Tensor4D;
      const means = core.mean(maps, [1, 2]) as Tensor2D;
      const result = {
        maps: core.transpose(maps, [0, 3, 1, 2]),
        logits: bias === undefined ? means : core.add<Tensor2D>(means, bias),
        output,
      };
      // It outlives the network's own tidying.
      features.dispose();
      return result;
    });
  }

  async function run(inputs: readonly ModelInput[]) {
    if (inputs.length === 0) return [];
    checkInputs(inputs, options.multipleOf);
    const computed = await attempt(inputs);
    const [, classCount, rows, cols] = computed.maps.shape;
    const cells = classCount * rows * cols;
    const [maps, logits] = (await Promise.all([computed.maps.data(), computed.logits.data()])) as Float32Array[];
    core.dispose(computed as never);
    return inputs.map((_, position) => ({
      classCount,
      rows,
      cols,
      maps: maps!.slice(position * cells, (position + 1) * cells),
      logits: logits!.slice(position * classCount, (position + 1) * classCount),
    }));
  }

  async function attempt(inputs: readonly ModelInput[]) {
    try {
      return compute(inputs);
    } catch (cause) {
      const { width, height } = inputs[0]!;
      const { message } = cause as Error;
      const what = `the network failed on ${inputs.length} inputs of ${width}x${height}: ${message}`;
      throw new HeatboxError('ENGINE_RUN', what, { cause });
    }
  }

  async function release(): Promise<void> {
    trunk.dispose();
    kernel?.dispose();
    bias?.dispose();
  }

  try {
    await compareWithOriginal(options.size, head, attempt, tfjs);
  } catch (error) {
    await release();
    throw error;
  }
  return {
    provider: tfjs.provider,
    precision: 'fp32',
    why: tfjs.why,
    ...(options.refine ? { plain: true } : {}),
    run,
    release,
    tensors: () => core.memory().numTensors,
  };
}

function transposedKernel({ core }: Tfjs, { matrix, classes, inputs }: NonNullable<TfjsHead['linear']>): Tensor2D {
  return core.tidy(() => core.transpose(core.tensor2d(matrix, [classes, inputs])));
}

/** @throws HeatboxError `ENGINE_MODEL` where maps and logits are not those of the network. */
async function compareWithOriginal(
  size: Size,
  head: TfjsHead,
  compute: (inputs: readonly ModelInput[]) => Promise<{ maps: Tensor4D; logits: Tensor2D; output: Tensor }>,
  { core }: Tfjs,
): Promise<void> {
  const computed = await compute([testPicture(size)]).catch((cause: HeatboxError) => {
    throw modelError(cause.message, cause);
  });
  const [logits, output] = (await Promise.all([computed.logits.data(), computed.output.data()])) as Float32Array[];
  core.dispose(computed as never);
  // A picture of another size than the network was made for may be pooled in parts by the original.
  if (output!.length > head.classCount || sameOutput(logits!, output!)) return;
  throw modelError(`its output is not what its pooling '${head.pooling}' and linear layer give`);
}

function testPicture({ width, height }: Size): ModelInput {
  const data = new Uint8Array(width * height * 3).map((_, index) => (index * 31 + (index >> 7) * 17) & 0xff);
  return { width, height, data };
}

function modelError(message: string, cause?: unknown): HeatboxError {
  return new HeatboxError('ENGINE_MODEL', message.split('\n')[0]!, {
    cause,
    kind: 'usage',
    hint: 'Without --provider, heatbox converts a layers model and runs it with onnxruntime; a graph model can be exported to ONNX.',
  });
}

export type { Trunk };
