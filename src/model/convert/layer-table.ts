import { onnxNode } from '../onnx/index.ts';
import { batchNormAffine } from './fold-batch-norm.ts';
import type { GraphBuilder, Pads, Value } from './graph-builder.ts';
import type { Layer } from './layers-model.ts';
import { unsupported } from './unsupported.ts';

/** Adds one layer to the graph and returns its output. */
export type LayerEmitter = (layer: Layer, inputs: readonly Value[], graph: GraphBuilder) => Value;

const same: LayerEmitter = (_layer, [input]) => input!;

/**
 * Every Keras layer that can be converted, by class name. The head (`Dense`) is `cam-head.ts`'s. Those that only act in
 * training do nothing.
 */
export const layerTable: Readonly<Record<string, LayerEmitter>> = {
  InputLayer: same,
  Conv2D: convolution,
  DepthwiseConv2D: convolution,
  SeparableConv2D: separable,
  BatchNormalization: batchNorm,
  Activation: (layer, [input], graph) => activate(input!, String(layer.config.activation), layer.name, graph),
  ReLU: relu,
  LeakyReLU: leakyRelu,
  ZeroPadding2D: zeroPadding,
  MaxPooling2D: pool,
  AveragePooling2D: pool,
  GlobalAveragePooling2D: (layer, [input]) => ({ name: layer.name, channels: input!.channels, pooledFrom: input! }),
  Add: add,
  Multiply: multiply,
  Concatenate: concatenate,
  Reshape: reshape,
  Flatten: reshape,
  Rescaling: rescaling,
  Normalization: normalization,
  Dropout: same,
  SpatialDropout2D: same,
  GaussianNoise: same,
  RandomFlip: same,
  RandomRotation: same,
  RandomZoom: same,
  RandomTranslation: same,
  RandomContrast: same,
  RandomBrightness: same,
};

function convolution(layer: Layer, [source]: readonly Value[], graph: GraphBuilder): Value {
  const input = pooled(source!, graph);
  const depthwise = layer.type === 'DepthwiseConv2D';
  const kernel = layer.weights[depthwise ? 'depthwise_kernel' : 'kernel'];
  if (kernel === undefined)
    throw unsupported(`${layer.type} layer ${layer.name} has no kernel among the weights`, layer.name);
  const [rows, cols, ins, outs] = kernel.shape as [number, number, number, number];
  const channels = depthwise ? ins * outs : outs;
  if (!depthwise && ins !== input.channels)
    throw unsupported(`layer ${layer.name} is a grouped convolution`, layer.name);

  const transposed = depthwise
    ? transposeKernel(kernel.data, rows * cols, 1, channels)
    : transposeKernel(kernel.data, rows * cols, ins, outs);
  const weights = graph.weight(`${layer.name}/kernel`, [channels, depthwise ? 1 : ins, rows, cols], transposed);
  const bias = layer.weights.bias && graph.constant(`${layer.name}/bias`, [channels], layer.weights.bias.data);
  const window = slidingWindow(layer, input, [rows, cols], layer.config.dilation_rate, graph);
  graph.node('Conv', [window.input, weights, ...(bias ? [bias] : [])], layer.name, {
    ...window.attributes,
    group: depthwise ? ins : 1,
  });
  return activate(
    { name: layer.name, channels },
    String(layer.config.activation ?? 'linear'),
    `${layer.name}/activation`,
    graph,
  );
}

/** A depthwise convolution, then one of size 1×1. */
function separable(layer: Layer, inputs: readonly Value[], graph: GraphBuilder): Value {
  const { depthwise_kernel, pointwise_kernel, bias } = layer.weights;
  if (depthwise_kernel === undefined || pointwise_kernel === undefined)
    throw unsupported(`${layer.type} layer ${layer.name} has no kernels among the weights`, layer.name);
  const { activation = 'linear', ...window } = layer.config;
  const depthwise = {
    ...layer,
    type: 'DepthwiseConv2D',
    name: `${layer.name}/depthwise`,
    config: window,
    weights: { depthwise_kernel },
  };
  const weights = { kernel: pointwise_kernel, ...(bias && { bias }) };
  const pointwise = { ...layer, type: 'Conv2D', config: { activation }, weights };
  return convolution(pointwise, [convolution(depthwise, inputs, graph)], graph);
}

function pool(layer: Layer, [input]: readonly Value[], graph: GraphBuilder): Value {
  const maximum = layer.type === 'MaxPooling2D';
  // ONNX's max pooling pads with -inf and its average leaves the padding out, ZeroPadding2D counts zeros: only a maximum
  // of values that are not negative is the same both ways, and only if no window lies wholly in the border.
  const size = pair(layer.config.pool_size, [2, 2]);
  const absorbs = maximum && input!.nonNegative && (input!.pads ?? []).every((pad, side) => pad < size[side % 2]!);
  const window = slidingWindow(layer, absorbs ? input! : padded(input!, graph), size, undefined, graph);
  // onnxruntime 1.30 moves any Pad into a MaxPool behind it, zeros too, unless the pool has its second output as well.
  const protect = maximum && !absorbs && input!.pads !== undefined;
  const outputs = protect ? [layer.name, `${layer.name}/indices`] : [layer.name];
  graph.nodes.push(onnxNode(maximum ? 'MaxPool' : 'AveragePool', [window.input], outputs, window.attributes));
  return { name: layer.name, channels: input!.channels, nonNegative: input!.nonNegative };
}

/** The attributes that convolution and pooling share. Takes over `input.pads` where the layer itself pads nothing. */
function slidingWindow(layer: Layer, input: Value, kernel: readonly number[], dilation: unknown, graph: GraphBuilder) {
  const strides = pair(layer.config.strides, layer.type.includes('Pooling') ? kernel : [1, 1]);
  const dilations = pair(dilation, [1, 1]);
  const common = { kernel_shape: kernel, strides, ...(dilation === undefined ? {} : { dilations }) };
  if (layer.config.padding !== 'same') {
    return { input: input.name, attributes: { ...common, pads: input.pads ?? [0, 0, 0, 0] } };
  }
  const name = padded(input, graph).name;
  const extra = kernel.map((size, axis) => (size - 1) * dilations[axis]!);
  if (strides.some((stride) => stride !== 1)) {
    // With a stride, "same" pads by the size of its input, which is free here; the odd pixel goes to the lower right in both worlds.
    return { input: name, attributes: { ...common, auto_pad: 'SAME_UPPER' } };
  }
  const before = extra.map((size) => Math.floor(size / 2));
  const after = extra.map((size) => Math.ceil(size / 2));
  return { input: name, attributes: { ...common, pads: [...before, ...after] } };
}

function batchNorm(layer: Layer, [input]: readonly Value[], graph: GraphBuilder): Value {
  const { scale, shift } = batchNormAffine(layer);
  const maps = input!.pooledFrom;
  if (maps !== undefined) {
    const composed = {
      scale: scale.map((factor, c) => factor * (maps.scale?.[c] ?? 1)),
      shift: shift.map((offset, c) => offset + scale[c]! * (maps.shift?.[c] ?? 0)),
    };
    return { ...input!, pooledFrom: { ...maps, ...composed } };
  }
  const shape = [scale.length, 1, 1];
  const scaled = graph.node(
    'Mul',
    [padded(input!, graph).name, graph.constant(`${layer.name}/scale`, shape, scale)],
    `${layer.name}/scaled`,
  );
  graph.node('Add', [scaled, graph.constant(`${layer.name}/shift`, shape, shift)], layer.name);
  return { name: layer.name, channels: input!.channels };
}

function relu(layer: Layer, [input]: readonly Value[], graph: GraphBuilder): Value {
  const { max_value: limit = null, negative_slope: slope = 0, threshold = 0 } = layer.config;
  const plain = [slope ?? 0, threshold ?? 0].flat().every((setting) => setting === 0);
  if (!plain || (limit !== null && limit !== 6))
    throw unsupported(`layer ${layer.name} is a ReLU of an unusual kind`, layer.config);
  return activate(input!, limit === 6 ? 'relu6' : 'relu', layer.name, graph);
}

function leakyRelu(layer: Layer, [input]: readonly Value[], graph: GraphBuilder): Value {
  const alpha = Number(layer.config.negative_slope ?? layer.config.alpha ?? 0.3);
  return {
    name: graph.node('LeakyRelu', [padded(input!, graph).name], layer.name, { alpha: { float: alpha } }),
    channels: input!.channels,
  };
}

function activate(input: Value, activation: string, name: string, graph: GraphBuilder): Value {
  if (activation === 'linear') return input;
  const source = padded(input, graph).name;
  const { channels } = input;
  switch (activation) {
    case 'relu':
      return { name: graph.node('Relu', [source], name), channels, nonNegative: true };
    case 'relu6': {
      const limits = [graph.constant(`${name}/min`, [], [0]), graph.constant(`${name}/max`, [], [6])];
      return { name: graph.node('Clip', [source, ...limits], name), channels, nonNegative: true };
    }
    case 'sigmoid':
      return { name: graph.node('Sigmoid', [source], name), channels, nonNegative: true };
    case 'tanh':
      return { name: graph.node('Tanh', [source], name), channels };
    case 'swish':
    case 'silu': {
      const gate = graph.node('Sigmoid', [source], `${name}/gate`);
      return { name: graph.node('Mul', [source, gate], name), channels };
    }
    default:
      throw unsupported(`there is no conversion for the activation '${activation}' of ${name}`, activation);
  }
}

function zeroPadding(layer: Layer, [input]: readonly Value[], graph: GraphBuilder): Value {
  const setting = layer.config.padding;
  const [rows, cols] = Array.isArray(setting) ? setting : [setting ?? 1, setting ?? 1];
  const [top, bottom] = pair(rows, [1, 1]);
  const [left, right] = pair(cols, [1, 1]);
  return { ...padded(input!, graph), pads: [top, left, bottom, right] };
}

function add(layer: Layer, inputs: readonly Value[], graph: GraphBuilder): Value {
  const names = inputs.map((input) => padded(input, graph).name);
  graph.node(names.length === 2 ? 'Add' : 'Sum', names, layer.name);
  return { name: layer.name, channels: inputs[0]!.channels, nonNegative: inputs.every((input) => input.nonNegative) };
}

/** Maps by maps, or by a number a channel, as squeeze-and-excitation does (Hu et al., arXiv 1709.01507). */
function multiply(layer: Layer, inputs: readonly Value[], graph: GraphBuilder): Value {
  const [first, ...others] = inputs.map((input) => padded(input, graph));
  const name = others.reduce(
    (product, other, i) =>
      graph.node('Mul', [product, other.name], i === others.length - 1 ? layer.name : `${layer.name}/${i}`),
    first!.name,
  );
  return { name, channels: first!.channels, nonNegative: inputs.every((input) => input.nonNegative) };
}

/** Only what has been pooled can be given another shape: it stays `[N, channels, 1, 1]` here. */
function reshape(layer: Layer, [input]: readonly Value[]): Value {
  if (input!.pooledFrom === undefined)
    throw unsupported(`layer ${layer.name} gives maps another shape, which depends on their size`, layer.name);
  return input!;
}

function concatenate(layer: Layer, inputs: readonly Value[], graph: GraphBuilder): Value {
  const { axis = -1 } = layer.config;
  if (axis !== -1 && axis !== 3)
    throw unsupported(`layer ${layer.name} joins along axis ${axis}, not the channels`, axis);
  graph.node(
    'Concat',
    inputs.map((input) => padded(input, graph).name),
    layer.name,
    { axis: 1 },
  );
  const channels = inputs.reduce((sum, input) => sum + input.channels, 0);
  return { name: layer.name, channels, nonNegative: inputs.every((input) => input.nonNegative) };
}

function rescaling(layer: Layer, [input]: readonly Value[], graph: GraphBuilder): Value {
  const { channels } = input!;
  const perChannel = (setting: unknown, otherwise: number) => {
    const values = [setting ?? otherwise].flat().map(Number);
    return values.length === 1 ? new Float32Array(channels).fill(values[0]!) : values;
  };
  const scale = graph.constant(`${layer.name}/scale`, [channels, 1, 1], perChannel(layer.config.scale, 1));
  const offset = graph.constant(`${layer.name}/offset`, [channels, 1, 1], perChannel(layer.config.offset, 0));
  const scaled = graph.node('Mul', [padded(input!, graph).name, scale], `${layer.name}/scaled`);
  return { name: graph.node('Add', [scaled, offset], layer.name), channels };
}

function normalization(layer: Layer, [input]: readonly Value[], graph: GraphBuilder): Value {
  const mean = layer.weights.mean?.data ?? [layer.config.mean ?? 0].flat(4).map(Number);
  const variance = layer.weights.variance?.data ?? [layer.config.variance ?? 1].flat(4).map(Number);
  // Keras' backend.epsilon keeps it from dividing by zero.
  const scale = Array.from(variance, (value) => 1 / Math.max(Math.sqrt(value), 1e-7));
  const offset = Array.from(mean, (value, c) => -value * scale[scale.length === 1 ? 0 : c]!);
  return rescaling({ ...layer, config: { scale, offset } }, [input!], graph);
}

/** The value with its pooling, if that was put off, done: `[N, channels, 1, 1]`. */
function pooled(input: Value, graph: GraphBuilder): Value {
  const { pooledFrom: maps, ...rest } = input;
  if (maps === undefined) return input;
  if (!graph.nodes.some((node) => node.name === input.name)) {
    const mean = graph.node(
      'GlobalAveragePool',
      [padded(maps, graph).name],
      maps.scale ? `${input.name}/mean` : input.name,
    );
    if (maps.scale) {
      const constants = (['scale', 'shift'] as const).map((kind) =>
        graph.constant(`${input.name}/${kind}`, [maps.channels, 1, 1], maps[kind]!),
      );
      graph.node('Add', [graph.node('Mul', [mean, constants[0]!], `${input.name}/scaled`), constants[1]!], input.name);
    }
  }
  return { ...rest, nonNegative: maps.nonNegative && maps.scale === undefined };
}

/** The value with its pending zeros put around it. */
function padded(source: Value, graph: GraphBuilder): Value {
  const input = pooled(source, graph);
  const { pads, ...rest } = input;
  if (pads === undefined) return input;
  const [top, left, bottom, right] = pads satisfies Pads;
  const name = `${input.name}/padded-${pads.join('-')}`;
  // Two layers may read the same padding.
  if (!graph.nodes.some((node) => node.name === name)) {
    graph.node('Pad', [input.name, graph.integers(`${name}/pads`, [0, 0, top, left, 0, 0, bottom, right])], name);
  }
  return { ...rest, name };
}

/** `[spatial, in, out]` to `[out, in, spatial]`. */
function transposeKernel(data: Float32Array, spatial: number, ins: number, outs: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let s = 0; s < spatial; s++) {
    for (let i = 0; i < ins; i++) {
      for (let o = 0; o < outs; o++) result[(o * ins + i) * spatial + s] = data[(s * ins + i) * outs + o]!;
    }
  }
  return result;
}

/** Keras writes a pair as one number where both are equal. */
function pair(setting: unknown, otherwise: readonly number[]): [number, number] {
  const values = [setting ?? otherwise].flat().map(Number);
  return [values[0]!, values[1] ?? values[0]!];
}
