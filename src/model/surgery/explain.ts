import type { HeatboxError } from '../../error.ts';
import type { OnnxNode } from '../onnx/index.ts';
import { describeNode, type GraphIndex } from './graph-index.ts';
import { noCam } from './refusal.ts';
import { type HeadTrace, shapeOps } from './trace-head.ts';

/** What is said of operations that end the search where they stand. */
const known: Readonly<Record<string, string>> = {
  GlobalMaxPool: 'takes the maximum over all positions, and a maximum is not the sum of the positions',
  ReduceMax: 'takes the maximum over all positions, and a maximum is not the sum of the positions',
  GlobalLpPool: 'pools with a norm, which is not the sum of the positions',
  ArgMax: 'gives the best class only, not the logits',
  TopK: 'gives the best classes only, not the logits',
  QuantizeLinear: 'rounds the values between the pooling and the logits (a quantised network); export it in float',
};

/**
 * Why a network whose output leads back to no global average pooling has no CAM, naming the node that prevents it.
 *
 * @param shape - the shape a value has when the network runs at its own size.
 */
export function explainRefusal(
  trace: HeadTrace,
  index: GraphIndex,
  shape: (value: string) => readonly number[] | undefined,
): HeatboxError {
  const { stop } = trace;
  if (stop === undefined) {
    const dense = denseLayer(trace.steps, shape);
    return noCam(dense?.reason ?? `there is no pooling before its output '${trace.output}'`, dense?.node);
  }
  if (known[stop.opType] !== undefined) return noCam(`${describeNode(stop)} ${known[stop.opType]}`, stop);

  const path = [...mainPath(index, stop).reverse(), stop, ...trace.steps];
  const pooling = path.slice(0, path.indexOf(stop) + 1).findLast((node) => isGlobalPooling(node, shape));
  if (pooling !== undefined) {
    const blocker =
      path.slice(path.indexOf(pooling) + 1).find((node) => node === stop || !isPassive(index, node)) ?? stop;
    return noCam(
      `${describeNode(blocker)}, between the global average pooling '${pooling.output[0]}' and the output, is not linear, so the logits are not the sum of the positions`,
      blocker,
    );
  }
  const dense = denseLayer(path, shape);
  if (dense !== undefined) return noCam(dense.reason, dense.node);
  if (['MatMul', 'Gemm', 'Einsum'].includes(stop.opType)) {
    return noCam(
      `${describeNode(stop)} multiplies two values that both depend on the image, as attention does; there is no global average pooling before the output`,
      stop,
    );
  }
  if (['Gather', 'Slice', 'GatherElements', 'GatherND', 'Split'].includes(stop.opType)) {
    return noCam(
      `${describeNode(stop)} takes a part of the positions (a class token, as in a vision transformer) instead of averaging all`,
      stop,
    );
  }
  return noCam(`going back from the output, ${describeNode(stop)} comes before any global average pooling`, stop);
}

/** From a node back to the image, along the first computed input of each; nearest first, without the node itself. */
function mainPath(index: GraphIndex, from: OnnxNode): OnnxNode[] {
  const path: OnnxNode[] = [];
  let node = index.producer(index.computedInputs(from)[0] ?? '');
  while (node !== undefined) {
    path.push(node);
    node = index.producer(index.computedInputs(node)[0] ?? '');
  }
  return path;
}

function isPassive(index: GraphIndex, node: OnnxNode): boolean {
  const linear = ['Gemm', 'MatMul', 'Conv', 'Add', 'Sub', 'Mul', 'Div', 'BatchNormalization'].includes(node.opType);
  return shapeOps.includes(node.opType) || (linear && index.computedInputs(node).length === 1);
}

/** A pooling to one position from which a plain chain leads on to the end. */
function isGlobalPooling(node: OnnxNode, shape: (value: string) => readonly number[] | undefined): boolean {
  if (!['GlobalAveragePool', 'ReduceMean', 'AveragePool'].includes(node.opType)) return false;
  const before = shape(node.input[0]!);
  const after = shape(node.output[0]!);
  if (before?.length !== 4 || after === undefined) return false;
  return [before[1]!, before[3]!].some((channels) => count(after) === before[0]! * channels);
}

/** The first dense layer that reads flattened maps: it has a weight of its own for each position. */
function denseLayer(path: readonly OnnxNode[], shape: (value: string) => readonly number[] | undefined) {
  const last = path.findLastIndex(({ opType }) => opType === 'Gemm' || opType === 'MatMul');
  for (const [i, flatten] of path.slice(0, Math.max(0, last)).entries()) {
    if (!['Flatten', 'Reshape'].includes(flatten.opType)) continue;
    const maps = shape(flatten.input[0]!);
    const row = shape(flatten.output[0]!);
    if (maps?.length !== 4 || row?.length !== 2 || maps[2]! * maps[3]! === 1) continue;
    const node = path.slice(i + 1).find(({ opType }) => opType === 'Gemm' || opType === 'MatMul');
    if (node === undefined) continue;
    const reason =
      `the dense layer '${node.name || node.output[0]}' (${node.opType}) has its own weights for every position of the ` +
      `${maps.slice(1).join('×')} maps that ${describeNode(flatten)} flattens to ${row[1]} values; there is no global average pooling`;
    return { node, reason };
  }
  return undefined;
}

function count(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
