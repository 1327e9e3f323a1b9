import type { OnnxNode } from '../onnx/index.ts';
import { type GraphIndex, intsOf } from './graph-index.ts';

/**
 * The way from a network's output back to its global pooling, as far as it can be told from the nodes alone: which
 * reshapes are harmless and whether a pooling is global depends on shapes, and is for `readHead` to judge.
 */
export interface HeadTrace {
  readonly output: string;
  /** What the softmax at the end reads, or the output itself where there is none. */
  readonly logits: string;
  /** The activation that was left out at the end. */
  readonly activation: OnnxNode | undefined;
  /** From the pooling to the logits, in the order of computation. */
  readonly steps: readonly OnnxNode[];
  /** One node, or several where rows and columns are averaged one after the other. Empty: none was found. */
  readonly pooling: readonly OnnxNode[];
  /** Where the walk ended without a pooling: the first node that is neither linear nor a reshape. */
  readonly stop: OnnxNode | undefined;
}

const activations = ['Softmax', 'LogSoftmax', 'Sigmoid'];
/** Keep the values and their order where only one axis besides the batch is longer than one. */
export const shapeOps = ['Identity', 'Dropout', 'Cast', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Transpose'];
/** Linear where the other operands are weights. */
const linearOps = ['Gemm', 'MatMul', 'Add', 'Sub', 'Mul', 'Div', 'Conv', 'BatchNormalization'];
const poolingOps = ['GlobalAveragePool', 'ReduceMean', 'AveragePool'];

export function traceHead(index: GraphIndex, output: string): HeadTrace {
  let value = output;
  let activation: OnnxNode | undefined;
  let logits = output;
  const steps: OnnxNode[] = [];
  const pooling: OnnxNode[] = [];
  let linear = false;
  let stop: OnnxNode | undefined;
  for (;;) {
    const node = index.producer(value);
    if (node === undefined) break;
    if (poolingOps.includes(node.opType)) {
      pooling.push(node);
    } else if (pooling.length > 0) {
      // Only a squeeze may stand between the average over columns and the one over rows.
      const before = index.producer(node.input[0]!);
      if (!shapeOps.includes(node.opType) || before?.opType !== 'ReduceMean' || pooling.at(-1)!.opType !== 'ReduceMean')
        break;
      pooling.push(node);
    } else if (activations.includes(node.opType) && !linear && activation === undefined) {
      activation = node;
      logits = node.input[0]!;
      steps.length = 0;
    } else if (shapeOps.includes(node.opType)) {
      steps.push(node);
    } else if (linearOps.includes(node.opType) && isLinear(index, node)) {
      steps.push(node);
      linear = true;
    } else {
      stop = node;
      break;
    }
    value = index.computedInputs(node)[0] ?? '';
  }
  return { output, logits, activation, steps: steps.reverse(), pooling: pooling.reverse(), stop };
}

/** Whether a node of `linearOps` has one computed operand, in the place where that makes it linear. */
function isLinear(index: GraphIndex, node: OnnxNode): boolean {
  const [value] = index.computedInputs(node);
  if (index.computedInputs(node).length !== 1) return false;
  // A larger window mixes positions: it is part of the trunk.
  if (node.opType === 'Conv' && (intsOf(node, 'kernel_shape') ?? []).some((size) => size !== 1)) return false;
  // x · W, not W · x; x / c, not c / x.
  return ['Add', 'Mul', 'Sub'].includes(node.opType) || node.input[0] === value;
}
