import { dataType, type OnnxNode, type OnnxTensor, onnxNode } from '../onnx/index.ts';
import { float32Tensor, int64Tensor } from '../onnx/tensor.ts';
import { byteScale, type Preprocessing } from '../preprocessing.ts';

/** What the network's own input is. */
export interface NetworkInput {
  readonly name: string;
  readonly layout: 'NCHW' | 'NHWC';
  /** One of `dataType`. */
  readonly elemType: number;
  /** Undefined where it is free. */
  readonly batch: number | undefined;
  readonly height: number | undefined;
  readonly width: number | undefined;
}

/**
 * The way from `image`, uint8 `[N, H, W, 3]` RGB, to the value `target`, which is the network's own input. The mean
 * leaves before any padding of the network, so that its zero border is the mean colour, as in training.
 */
export function imageInput(
  image: string,
  target: string,
  { layout, elemType }: Pick<NetworkInput, 'layout' | 'elemType'>,
  preprocessing: Preprocessing,
): { nodes: OnnxNode[]; initializers: OnnxTensor[] } {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  let value = image;
  const add = (name: string, opType: string, others: string[] = [], attributes = {}) => {
    nodes.push(onnxNode(opType, [value, ...others], [`${image}/${name}`], attributes));
    value = `${image}/${name}`;
  };
  const weight = (name: string, values: readonly number[]) => {
    initializers.push(float32Tensor(`${image}/${name}`, [values.length], values));
    return `${image}/${name}`;
  };

  const { scale, shift } = byteScale(preprocessing);
  add('float', 'Cast', [], { to: dataType.float32 });
  if (scale.some((factor) => factor !== 1)) add('scaled', 'Mul', [weight('scale', scale)]);
  if (shift.some((offset) => offset !== 0)) add('shifted', 'Add', [weight('shift', shift)]);
  if (preprocessing.order === 'BGR') {
    initializers.push(int64Tensor(`${image}/bgr`, [3], [2, 1, 0]));
    add('turned', 'Gather', [`${image}/bgr`], { axis: 3 });
  }
  if (layout === 'NCHW') add('planes', 'Transpose', [], { perm: [0, 3, 1, 2] });
  if (elemType !== dataType.float32) add('typed', 'Cast', [], { to: elemType });
  // The last node's result takes the name of the network's input.
  nodes.at(-1)!.output = [target];
  return { nodes, initializers };
}
