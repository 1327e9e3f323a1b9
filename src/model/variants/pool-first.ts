import { type OnnxNode, onnxNode } from '../onnx/index.ts';
import { type GraphIndex, intsOf } from '../surgery/graph-index.ts';

/**
 * The network without the maps of all its classes, of which a frame needs few: the mean of a linear layer's maps is the
 * layer of the mean, for a fiftieth of the arithmetic.
 *
 * @param nodes Of the graph, in its order.
 * @param maps Name of the class maps, a 1×1 convolution's.
 * @returns all nodes; nothing where the maps are read by anything else than the pooling that the logits come from. Maps that
 *   nobody reads are left out, e.g. since the logits of taught classes come from elsewhere.
 */
export function poolFirst(index: GraphIndex, nodes: readonly OnnxNode[], maps: string): OnnxNode[] | undefined {
  const convolution = index.producer(maps);
  const [pooling, ...others] = index.readers(maps);
  if (convolution !== undefined && pooling === undefined) return nodes.filter((node) => node !== convolution);
  if (convolution === undefined || pooling?.opType !== 'GlobalAveragePool' || others.length > 0) return undefined;
  const takesAll = [...(intsOf(convolution, 'strides') ?? []), ...(intsOf(convolution, 'group') ?? [])].every(
    (value) => value === 1,
  );
  if (!takesAll || intsOf(convolution, 'pads')?.some((pad) => pad !== 0)) return undefined;
  const [last, ...weights] = convolution.input;
  const mean = `${maps}/pooled`;
  return nodes.map((node) => {
    if (node === convolution) return onnxNode('GlobalAveragePool', [last!], [mean]);
    return node === pooling ? { ...convolution, input: [mean, ...weights], output: pooling.output } : node;
  });
}
