import { dataType, type OnnxTensor, tensorFloats } from '../onnx/index.ts';
import type { GraphIndex } from '../surgery/graph-index.ts';

/** Weights as floats, row-major. */
export interface Weights {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

const FLOATS: readonly number[] = [dataType.float16, dataType.float32, dataType.float64];

/**
 * The floats of a value that is a weight: stored, or cast in the graph from what is stored.
 *
 * @returns nothing where it is made in another way.
 */
export function constantFloats(index: GraphIndex, value: string): Weights | undefined {
  const node = index.producer(value);
  if (node?.opType === 'Cast' || node?.opType === 'Identity') return constantFloats(index, node.input[0]!);
  const tensor: OnnxTensor | undefined =
    node?.opType === 'Constant'
      ? node.attribute.find(({ name }) => name === 'value')?.t
      : index.graph.initializer.find(({ name }) => name === value);
  if (tensor === undefined || !FLOATS.includes(tensor.dataType)) return undefined;
  return { dims: tensor.dims, data: tensorFloats(tensor) };
}
