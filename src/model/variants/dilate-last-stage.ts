import { type OnnxNode, onnxNode } from '../onnx/index.ts';
import { type GraphIndex, intsOf, textOf } from '../surgery/graph-index.ts';

/** Operators that look at more than one place. */
const SPATIAL = new Set(['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'LpPool', 'Resize', 'Upsample']);

/**
 * The last stage without its stride, so that its maps have four times the cells: convolutions after the strided ones are
 * dilated instead, and see what they saw before (Yu et al., "Dilated residual networks", CVPR 2017). An object stays as
 * large for the network as it was trained to see it, which a larger input does not keep.
 *
 * @param from The last activations before that stage.
 * @param last The activations that the class maps are made of.
 * @returns all nodes of the graph; nothing where the stage has other strides than convolutions by 2, or no plain paddings.
 */
export function dilateLastStage(index: GraphIndex, from: string, last: string): OnnxNode[] | undefined {
  const within = new Set([from]);
  const finer = new Set<string>();
  const dilated = new Map<OnnxNode, OnnxNode>();
  for (const node of index.graph.node) {
    if (within.has(last)) break;
    if (!node.input.some((value) => within.has(value))) continue;
    for (const output of node.output) within.add(output);
    const isFiner = node.input.some((value) => finer.has(value));
    const strides = intsOf(node, 'strides') ?? [1, 1];
    const strided = strides.some((stride) => stride !== 1);
    if (SPATIAL.has(node.opType)) {
      const plain = ['', 'NOTSET'].includes(textOf(node, 'auto_pad') ?? '');
      if (node.opType !== 'Conv' || !plain || (strided && (isFiner || strides.some((stride) => stride !== 2))))
        return undefined;
      dilated.set(node, withSides(node, isFiner ? 2 : 1));
    }
    if (isFiner || strided) for (const output of node.output) finer.add(output);
  }
  return finer.has(last) ? index.graph.node.map((node) => dilated.get(node) ?? node) : undefined;
}

/** A convolution without stride, its dilation and padding multiplied. */
function withSides(node: OnnxNode, factor: number): OnnxNode {
  const times = (name: string, otherwise: readonly number[]) =>
    (intsOf(node, name) ?? otherwise).map((side) => factor * side);
  const { attribute } = onnxNode('Conv', [], [''], {
    strides: [1, 1],
    dilations: times('dilations', [1, 1]),
    pads: times('pads', [0, 0, 0, 0]),
  });
  const kept = node.attribute.filter(({ name }) => !attribute.some((one) => one.name === name));
  return { ...node, attribute: [...kept, ...attribute] };
}
