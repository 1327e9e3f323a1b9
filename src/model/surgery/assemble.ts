import {
  dataType,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxValueInfo,
  onnxNode,
} from '../onnx/index.ts';
import { float32Tensor } from '../onnx/tensor.ts';
import type { Preprocessing } from '../preprocessing.ts';
import type { Affine } from './affine.ts';
import { imageInput, type NetworkInput } from './image-input.ts';
import { neededFor } from './needed-nodes.ts';
import type { Probe } from './probe.ts';
import type { Head } from './read-head.ts';

/** What `assemble` fixes where the network cannot leave it free. */
export interface FixedSizes {
  readonly batch?: number;
  readonly height?: number;
  readonly width?: number;
}

/**
 * The network in heatbox's form: uint8 `image` `[N, H, W, 3]` in; out `maps`, float32 `[N, classes, rows, cols]`, the
 * class activation maps, and `logits`, float32 `[N, classes]`, their spatial means plus the bias. The linear layer comes
 * before the pooling, as a 1×1 convolution: both are linear, so the logits are the same (Zhou et al., arXiv 1512.04150).
 *
 * @param graph - the network; what the maps do not need is left out.
 */
export function assemble(
  model: OnnxModel,
  graph: OnnxGraph,
  head: Head,
  input: NetworkInput,
  preprocessing: Preprocessing,
  probe: Probe,
  fixed: FixedSizes = {},
): OnnxModel {
  const { trunk, linear } = withoutClassifierBias(graph, head, probe);
  const front = imageInput('image', inner(input.name), input, preprocessing);
  const nodes = [...front.nodes, ...neededFor([head.features], trunk).map(renamed)];
  const initializer = [...front.initializers];
  const used = new Set(nodes.flatMap((node) => node.input));
  for (const tensor of trunk.initializer) {
    if (used.has(inner(tensor.name!))) initializer.push({ ...tensor, name: inner(tensor.name!) });
  }

  let features = inner(head.features);
  const add = (name: string, opType: string, others: string[] = [], attributes = {}) => {
    nodes.push(onnxNode(opType, [features, ...others], [name], attributes));
    features = name;
  };
  const constant = (name: string, dims: readonly number[], values: ArrayLike<number>) => {
    initializer.push(float32Tensor(name, dims, values));
    return name;
  };
  if (usesOtherFloats(trunk, input)) add('head/float', 'Cast', [], { to: dataType.float32 });
  if (head.layout === 'NHWC') add('head/planes', 'Transpose', [], { perm: [0, 3, 1, 2] });
  const { inputs, outputs: classes, matrix, scale, bias } = linear;
  if (matrix !== undefined) {
    const kernel = constant('head/kernel', [classes, inputs, 1, 1], matrix);
    add('maps', 'Conv', [kernel], { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], group: 1 });
  } else if (scale!.some((factor) => factor !== 1)) {
    add('maps', 'Mul', [constant('head/scale', [classes, 1, 1], scale!)]);
  } else {
    add('maps', 'Identity');
  }
  add('head/mean', 'GlobalAveragePool');
  add('head/mean/flat', 'Flatten', [], { axis: 1 });
  add('logits', 'Add', [constant('head/bias', [classes], bias)]);

  const { batch = 'N', height = 'H', width = 'W' } = fixed;
  const rows = fixed.height === undefined ? 'rows' : head.shape[head.layout === 'NCHW' ? 2 : 1]!;
  const cols = fixed.width === undefined ? 'cols' : head.shape[head.layout === 'NCHW' ? 3 : 2]!;
  return {
    ...model,
    // From version 4 on a weight need not be an input as well, which lets the engine fold it.
    irVersion: Math.max(model.irVersion ?? 0, 4),
    producerName: 'heatbox',
    graph: {
      name: graph.name || 'network',
      node: nodes,
      initializer,
      input: [valueInfo('image', dataType.uint8, [batch, height, width, 3])],
      output: [
        valueInfo('maps', dataType.float32, [batch, classes, rows, cols]),
        valueInfo('logits', dataType.float32, [batch, classes]),
      ],
    },
  };
}

/**
 * Where the maps come straight out of a convolution to classes, its bias moves behind the pooling, so that the maps of
 * such a network are without bias too. Behind an activation it has to stay.
 */
function withoutClassifierBias(graph: OnnxGraph, head: Head, probe: Probe): { trunk: OnnxGraph; linear: Affine } {
  const { linear, features } = head;
  const classifier = graph.node.find((node) => node.output.includes(features));
  const bias = classifier?.opType === 'Conv' ? probe.weight(classifier.input[2] ?? '')?.data : undefined;
  if (linear.matrix !== undefined || head.layout !== 'NCHW' || bias?.length !== linear.inputs) {
    return { trunk: graph, linear };
  }
  const bare = { ...classifier!, input: classifier!.input.slice(0, 2) };
  return {
    trunk: { ...graph, node: graph.node.map((node) => (node === classifier ? bare : node)) },
    linear: { ...linear, bias: linear.bias.map((b, c) => b + linear.scale![c]! * bias[c]!) },
  };
}

/** Every value of the original gets a prefix, so that none has the name of one of heatbox's. */
function inner(name: string): string {
  return name === '' ? '' : `net/${name}`;
}

function renamed(node: OnnxNode): OnnxNode {
  return {
    ...node,
    input: node.input.map(inner),
    output: node.output.map(inner),
    attribute: node.attribute.map((attribute) =>
      attribute.g ? { ...attribute, g: renamedGraph(attribute.g) } : attribute,
    ),
  };
}

function renamedGraph(graph: OnnxGraph): OnnxGraph {
  const info = (value: OnnxValueInfo) => ({ ...value, name: inner(value.name) });
  return {
    ...graph,
    node: graph.node.map(renamed),
    initializer: graph.initializer.map((tensor) => ({ ...tensor, name: inner(tensor.name ?? '') })),
    input: graph.input.map(info),
    output: graph.output.map(info),
    valueInfo: [],
  };
}

/** Whether the features may be of another type than float32. */
function usesOtherFloats(graph: OnnxGraph, input: NetworkInput): boolean {
  const other: number[] = [dataType.float16, dataType.float64];
  return other.includes(input.elemType) || graph.initializer.some((tensor) => other.includes(tensor.dataType));
}

function valueInfo(name: string, elemType: number, shape: readonly (string | number)[]): OnnxValueInfo {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
