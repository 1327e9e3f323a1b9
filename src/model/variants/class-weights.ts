import type { ClassWeights } from '../../types.ts';
import { tensorFloats } from '../onnx/index.ts';
import type { GraphIndex } from '../surgery/graph-index.ts';

/**
 * Reads the linear layer off the graph.
 *
 * @param maps Name of the class maps.
 * @returns nothing where the maps are not such a convolution, as where a network's own last convolution gives them.
 */
export function classWeights(index: GraphIndex, maps: string): ClassWeights | undefined {
  const convolution = index.producer(maps);
  if (convolution?.opType !== 'Conv') return undefined;
  // Kernels stored as float16 are cast in the graph.
  const [, kernel] = convolution.input;
  const stored = index.producer(kernel!)?.opType === 'Cast' ? index.producer(kernel!)!.input[0] : kernel;
  const tensor = index.graph.initializer.find(({ name }) => name === stored);
  const [, channels, ...sides] = tensor?.dims ?? [];
  if (tensor === undefined || channels === undefined || sides.some((side) => side !== 1)) return undefined;
  return { channels, data: tensorFloats(tensor) };
}
