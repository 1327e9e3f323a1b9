import type { OnnxNode } from '../onnx/index.ts';
import { floatOf, intOf, intsOf } from './graph-index.ts';
import type { Probe } from './probe.ts';

/**
 * A linear map of a vector of `inputs` features: `y = W x + b`, or `y = scale · x + b` feature by feature where no layer
 * mixes features. In float64, so that folding several layers into one costs nothing.
 */
export interface Affine {
  readonly inputs: number;
  readonly outputs: number;
  /** `[outputs, inputs]`; absent where features are not mixed, then `scale` holds. */
  readonly matrix?: Float64Array;
  /** `[inputs]`, only without a matrix. */
  readonly scale?: Float64Array;
  /** `[outputs]` */
  readonly bias: Float64Array;
}

/**
 * Of a matrix, 512 MB: more than 21,000 classes of 2048 features have. A kernel of few weights, as of a convolution in
 * groups or two layers with few features between them, may stand for a matrix that is far larger than the file.
 */
const MOST_WEIGHTS = 2 ** 26;

export function identity(size: number, factor = 1): Affine {
  return { inputs: size, outputs: size, scale: new Float64Array(size).fill(factor), bias: new Float64Array(size) };
}

/**
 * The map followed by one more node of the head.
 *
 * @param value - the node's computed input; its other operands are weights that `probe` knows.
 * @returns undefined when the node's weights do not act on a vector of features: a convolution larger than 1×1,
 * shapes that do not fit, or a matrix beyond all measure.
 */
export function followedBy(affine: Affine, node: OnnxNode, value: string, probe: Probe): Affine | undefined {
  const weight = (position: number) => probe.weight(node.input[position] ?? '');
  switch (node.opType) {
    case 'Gemm': {
      const kernel = weight(1);
      if (kernel?.dims.length !== 2) return undefined;
      const transposed = intOf(node, 'transB', 0) === 1;
      const [outs, ins] = transposed ? kernel.dims : [...kernel.dims].reverse();
      if (ins !== affine.outputs || intOf(node, 'transA', 0) !== 0) return undefined;
      const alpha = floatOf(node, 'alpha', 1);
      const matrix = rows(kernel.data, outs!, ins, transposed, alpha);
      const beta = floatOf(node, 'beta', 1);
      const bias = node.input[2] ? broadcast(weight(2), outs!) : new Float64Array(outs!);
      return (
        bias &&
        mix(
          affine,
          matrix,
          bias.map((b) => b * beta),
        )
      );
    }
    case 'MatMul': {
      const kernel = weight(1);
      const [ins, outs] = kernel?.dims.slice(-2) ?? [];
      if (kernel === undefined || ins !== affine.outputs || kernel.data.length !== ins * outs!) return undefined;
      return mix(affine, rows(kernel.data, outs!, ins, false, 1), new Float64Array(outs!));
    }
    case 'Conv':
      return convolution(affine, node, probe);
    case 'BatchNormalization': {
      const [scale, shift, mean, variance] = [1, 2, 3, 4].map((position) => weight(position)?.data);
      if (scale?.length !== affine.outputs || !shift || !mean || !variance) return undefined;
      const epsilon = floatOf(node, 'epsilon', 1e-5);
      const factor = Float64Array.from(scale, (s, c) => s / Math.sqrt(variance[c]! + epsilon));
      return stretch(
        affine,
        factor,
        Float64Array.from(shift, (s, c) => s - mean[c]! * factor[c]!),
      );
    }
    default:
      return elementwise(affine, node, value, probe);
  }
}

function elementwise(affine: Affine, node: OnnxNode, value: string, probe: Probe): Affine | undefined {
  const first = node.input[0] === value;
  const other = broadcast(probe.weight(node.input[first ? 1 : 0] ?? ''), affine.outputs);
  if (other === undefined) return undefined;
  const ones = new Float64Array(affine.outputs).fill(1);
  switch (node.opType) {
    case 'Add':
      return stretch(affine, ones, other);
    case 'Sub':
      return first
        ? stretch(
            affine,
            ones,
            other.map((b) => -b),
          )
        : stretch(
            affine,
            ones.map((one) => -one),
            other,
          );
    case 'Mul':
      return stretch(affine, other, new Float64Array(affine.outputs));
    case 'Div':
      return stretch(
        affine,
        other.map((b) => 1 / b),
        new Float64Array(affine.outputs),
      );
    default:
      return undefined;
  }
}

/** A 1×1 convolution, also one of several groups, whose kernel is dense only inside each. */
function convolution(affine: Affine, node: OnnxNode, probe: Probe): Affine | undefined {
  const kernel = probe.weight(node.input[1] ?? '');
  const [outs, insOfGroup, ...window] = kernel?.dims ?? [];
  const groups = intOf(node, 'group', 1);
  const padded = [...(intsOf(node, 'pads') ?? [])].some((pad) => pad !== 0);
  if (kernel === undefined || window.some((size) => size !== 1) || padded) return undefined;
  if (insOfGroup! * groups !== affine.outputs) return undefined;
  if (outs! * affine.outputs > MOST_WEIGHTS) return undefined;
  const matrix = new Float64Array(outs! * affine.outputs);
  for (let o = 0; o < outs!; o++) {
    const start = Math.floor(o / (outs! / groups)) * insOfGroup!;
    for (let i = 0; i < insOfGroup!; i++) matrix[o * affine.outputs + start + i] = kernel.data[o * insOfGroup! + i]!;
  }
  const bias = node.input[2] ? broadcast(probe.weight(node.input[2]), outs!) : new Float64Array(outs!);
  return bias && mix(affine, matrix, bias);
}

/** `[outs, ins]` from a kernel stored so, or the other way round. */
function rows(data: Float32Array, outs: number, ins: number, stored: boolean, factor: number): Float64Array {
  const matrix = new Float64Array(outs * ins);
  for (let o = 0; o < outs; o++) {
    for (let i = 0; i < ins; i++) matrix[o * ins + i] = factor * data[stored ? o * ins + i : i * outs + o]!;
  }
  return matrix;
}

function mix(affine: Affine, matrix: Float64Array, bias: Float64Array): Affine | undefined {
  const { inputs, outputs: middle } = affine;
  const outputs = bias.length;
  const total = Float64Array.from(bias, (b, o) => {
    let sum = b;
    for (let m = 0; m < middle; m++) sum += matrix[o * middle + m]! * affine.bias[m]!;
    return sum;
  });
  if (affine.matrix === undefined) {
    return { inputs, outputs, matrix: matrix.map((w, at) => w * affine.scale![at % middle]!), bias: total };
  }
  if (outputs * inputs > MOST_WEIGHTS) return undefined;
  const product = new Float64Array(outputs * inputs);
  for (let o = 0; o < outputs; o++) {
    for (let m = 0; m < middle; m++) {
      const factor = matrix[o * middle + m]!;
      if (factor === 0) continue;
      for (let i = 0; i < inputs; i++) product[o * inputs + i]! += factor * affine.matrix[m * inputs + i]!;
    }
  }
  return { inputs, outputs, matrix: product, bias: total };
}

function stretch(affine: Affine, scale: Float64Array, shift: Float64Array): Affine {
  const bias = affine.bias.map((b, o) => b * scale[o]! + shift[o]!);
  if (affine.matrix === undefined) return { ...affine, scale: affine.scale!.map((s, i) => s * scale[i]!), bias };
  return { ...affine, matrix: affine.matrix.map((w, at) => w * scale[Math.floor(at / affine.inputs)]!), bias };
}

/** A weight as one value a feature: a vector whatever its unit axes, or one number for all. */
function broadcast(weight: ReturnType<Probe['weight']>, size: number): Float64Array | undefined {
  if (weight?.data.length === 1) return new Float64Array(size).fill(weight.data[0]!);
  return weight?.data.length === size ? Float64Array.from(weight.data) : undefined;
}
