import {
  dataType,
  float32Tensor,
  int64Tensor,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
  onnxNode,
} from '../onnx/index.ts';
import { type GraphIndex, intOf, intsOf, textOf } from '../surgery/graph-index.ts';

/** A network of its own that runs the last stage backwards. */
export interface LastStageGradient {
  /**
   * In: `weights` `[N, channels, 1, 1]`, and `activations`. Out: `map` `[N, rows, cols]` on the grid of `from`.
   */
  readonly model: OnnxModel;
  /** The values of the network it has to be given, under their own names. */
  readonly activations: readonly string[];
}

/** What a quantised network has between its layers. A value and its rounded form have one gradient. */
const ROUNDING = new Set(['QuantizeLinear', 'DequantizeLinear']);

/**
 * LayerCAM (Jiang et al., TIP 2021) at the stage before the last, as a graph: activations times the gradient of a class's
 * logit with regard to them, where positive, summed over the channels. The head being linear, the gradient at the last
 * activations is the class's row of weights everywhere; from there it goes back through the stage's convolutions,
 * transposed, and passes the activations that were not cut off. No logit needs to be computed again.
 *
 * A 1×1 convolution with a stride reads every other cell only and gives the rest no gradient, which would leave holes in
 * the map: there the gradient is interpolated instead.
 *
 * @param from The stage's activations, `[N, channels, rows, cols]`.
 * @param last The last activations.
 * @returns nothing where there is something else than convolutions, ReLU, sums and roundings between the two.
 */
export function lastStageGradient(index: GraphIndex, from: string, last: string): LastStageGradient | undefined {
  const nodes: OnnxNode[] = [];
  const initializer: OnnxTensor[] = [
    float32Tensor('gradient/zero', [], [0]),
    int64Tensor('gradient/channels', [1], [1]),
  ];
  const activations = new Set<string>([from, last]);
  const gradients = new Map<string, string>();
  let count = 0;

  function add(opType: string, input: readonly string[], attributes = {}): string {
    const name = `gradient/${count++}`;
    nodes.push(onnxNode(opType, input, [name], attributes));
    return name;
  }

  function give(value: string, gradient: string): void {
    const known = gradients.get(value);
    gradients.set(value, known === undefined ? gradient : add('Add', [known, gradient]));
  }

  function backThroughConvolution(node: OnnxNode, gradient: string): string | undefined {
    const [, kernel] = node.input;
    const sides = intsOf(node, 'kernel_shape');
    if (kernel === undefined || index.computed(kernel) || sides?.length !== 2) return undefined;
    if (!['', 'NOTSET'].includes(textOf(node, 'auto_pad') ?? '')) return undefined;
    const strides = intsOf(node, 'strides') ?? [1, 1];
    const dilations = intsOf(node, 'dilations') ?? [1, 1];
    const pads = intsOf(node, 'pads') ?? [0, 0, 0, 0];
    const group = intOf(node, 'group', 1);
    addWeights(kernel);
    if (sides.every((side) => side === 1) && pads.every((pad) => pad === 0)) {
      const own = add('ConvTranspose', [gradient, kernel], { kernel_shape: sides, group });
      if (strides.every((stride) => stride === 1)) return own;
      const scales = `gradient/scales${count}`;
      initializer.push(float32Tensor(scales, [4], [1, 1, ...strides]));
      return add('Resize', [own, '', scales], { mode: 'linear', coordinate_transformation_mode: 'asymmetric' });
    }
    // So that the result has a stride times the rows of what it was made of, as the convolution's input had.
    const rest = sides.map(
      (side, axis) => strides[axis]! - ((side - 1) * dilations[axis]! + 1) + pads[axis]! + pads[axis + 2]!,
    );
    if (rest.some((padding, axis) => padding < 0 || padding >= strides[axis]!)) return undefined;
    return add('ConvTranspose', [gradient, kernel], {
      kernel_shape: sides,
      strides,
      dilations,
      pads,
      group,
      output_padding: rest,
    });
  }

  function addWeights(value: string): void {
    const producer = index.producer(value);
    if (producer !== undefined) {
      if (nodes.includes(producer)) return;
      for (const input of producer.input) addWeights(input);
      nodes.push(producer);
    } else if (!initializer.some(({ name }) => name === value)) {
      initializer.push(...index.graph.initializer.filter(({ name }) => name === value));
    }
  }

  const after = new Set([from]);
  for (const node of index.graph.node) {
    if (node.input.some((name) => after.has(name))) for (const output of node.output) after.add(output);
  }
  gradients.set(last, add('Expand', ['weights', add('Shape', [last])]));
  for (const node of index.graph.node.toReversed()) {
    const [output] = node.output;
    const gradient = gradients.get(output!);
    if (gradient === undefined || output === from) continue;
    const inputs = node.input.filter((name) => after.has(name));
    if (inputs.length === 0) continue;
    if (node.opType === 'Relu') {
      const activation = asRead(index, output!);
      activations.add(activation);
      const passes = add('Cast', [add('Greater', [activation, 'gradient/zero'])], { to: dataType.float32 });
      give(inputs[0]!, add('Mul', [gradient, passes]));
    } else if (ROUNDING.has(node.opType)) {
      give(inputs[0]!, gradient);
    } else if (node.opType === 'Add') {
      for (const input of node.input) if (after.has(input)) give(input, gradient);
    } else if (node.opType === 'Conv' && node.input[0] === inputs[0]) {
      const before = backThroughConvolution(node, gradient);
      if (before === undefined) return undefined;
      give(inputs[0]!, before);
    } else return undefined;
  }
  const gradient = gradients.get(from);
  if (gradient === undefined) return undefined;
  const positive = add('Relu', [add('Mul', [gradient, from])]);
  nodes.push(onnxNode('ReduceSum', [positive, 'gradient/channels'], ['map'], { keepdims: 0 }));
  return {
    activations: [...activations],
    model: {
      irVersion: 8,
      opsetImport: [{ domain: '', version: 17 }],
      graph: {
        name: 'last stage backwards',
        node: nodes,
        initializer,
        input: ['weights', ...activations].map(floats),
        output: [{ name: 'map', type: { tensorType: { elemType: dataType.float32 } } }],
      },
    },
  };
}

/** A value as other nodes read it: behind its rounding, where it is rounded to 8 bits. */
function asRead(index: GraphIndex, value: string): string {
  const [rounded] = index.readers(value).filter(({ opType }) => opType === 'QuantizeLinear');
  return rounded === undefined ? value : (index.readers(rounded.output[0]!)[0]?.output[0] ?? value);
}

function floats(name: string): OnnxValueInfo {
  const dim = ['N', 'channels', 'rows', 'cols'].map((side) => ({ dimParam: `${name}/${side}` }));
  return { name, type: { tensorType: { elemType: dataType.float32, shape: { dim } } } };
}
