import { HeatboxError } from '../../error.ts';
import { dataType, float32Tensor, readOnnx, tensorFloats, writeOnnx } from '../onnx/index.ts';

/**
 * A linear layer over a trunk's pooled features, for classes that were taught. It has two rows of weights per class: one
 * draws the class's map, the other decides whether the class is there.
 */
export interface Head {
  readonly channels: number;
  readonly classCount: number;
  /** `[classCount, channels]`: a class's map is this weighted sum of the last stage's activations. */
  readonly maps: Float32Array;
  /** `[classCount, channels]`: a class's logit is this weighted sum of the pooled features' square roots, plus its bias. */
  readonly weights: Float32Array;
  /** `[classCount]` */
  readonly bias: Float32Array;
}

/** Names of the tensors in a head's file. */
const PARTS = ['maps', 'weights', 'bias'] as const;

/** The bytes of a head's file: an ONNX file that has weights and no operators. */
export function writeHead(head: Head): Uint8Array {
  const rows = [head.classCount, head.channels];
  return writeOnnx({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    producerName: 'heatbox',
    graph: {
      name: 'head',
      node: [],
      input: [],
      output: [],
      initializer: [
        float32Tensor('maps', rows, head.maps),
        float32Tensor('weights', rows, head.weights),
        float32Tensor('bias', [head.classCount], head.bias),
      ],
    },
  });
}

/**
 * Reads a head's file.
 *
 * @param path Of the file, for errors.
 * @throws HeatboxError `MODEL_DAMAGED` if it is something else.
 */
export function readHead(bytes: Uint8Array, path: string): Head {
  const tensors = new Map(readOnnx(bytes).graph.initializer.map((tensor) => [tensor.name, tensor]));
  const [maps, weights, bias] = PARTS.map((name) => tensors.get(name));
  const [classCount = 0, channels = 0] = maps?.dims ?? [];
  const fits =
    maps !== undefined &&
    weights?.dims.join() === maps.dims.join() &&
    bias?.dims.join() === `${classCount}` &&
    [maps, weights, bias].every((tensor) => tensor?.dataType === dataType.float32) &&
    classCount * channels > 0;
  if (!fits) {
    throw new HeatboxError('MODEL_DAMAGED', `${path} does not hold the weights of a taught head`, {
      hint: 'Teach the model again.',
      value: path,
      kind: 'usage',
    });
  }
  return {
    channels,
    classCount,
    maps: tensorFloats(maps),
    weights: tensorFloats(weights!),
    bias: tensorFloats(bias!),
  };
}
