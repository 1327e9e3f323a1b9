import { type OnnxGraph, type OnnxNode, type OnnxTensor, onnxNode } from '../onnx/index.ts';
import { int64Tensor } from '../onnx/tensor.ts';
import { type GraphIndex, intOf, intsOf } from './graph-index.ts';
import type { Probe } from './probe.ts';

/** The values `freeSize` needs to know the shapes of. */
export function sizeTaps(index: GraphIndex): string[] {
  return index.graph.node
    .filter((node) => isTied(node) && index.computed(node.input[0]!))
    .flatMap((node) => [node.input[0]!, node.output[0]!]);
}

/**
 * The graph without what ties it to the size and batch it was exported with: a reshape to numbers becomes one to the
 * sizes of what it reads, an average pooling of exactly the whole map becomes a global one. Whether the result holds at
 * other sizes is for a run to show: some networks have weights for positions.
 */
export function freeSize(index: GraphIndex, probe: Probe): OnnxGraph {
  const initializer: OnnxTensor[] = [...index.graph.initializer];
  const node = index.graph.node.flatMap((original): OnnxNode[] => {
    if (!isTied(original) || !index.computed(original.input[0]!)) return [original];
    const before = probe.shape(original.input[0]!);
    const after = probe.shape(original.output[0]!);
    if (before === undefined || after === undefined) return [original];
    if (original.opType === 'AveragePool') return [globalIfWhole(original, before, after)];
    return freeReshape(original, reshapePlan(before, after), initializer);
  });
  return { ...index.graph, node, initializer };
}

/** Where each size of a reshape's result comes from: a number, or the product of sizes of what it reads, by axis. */
export type ReshapePlan = readonly (number | readonly number[])[];

/**
 * Aligns the sizes before and after: both are cut into the smallest runs of equal product. A run that gives one size (or
 * one and ones) gives the product of what went in, whatever that is; a run that is split into several, as channels into
 * groups, keeps its numbers. `[1, 112, 56, 56]` to `[1, 4, 28, 56, 56]` is `[[0], 4, 28, [2], [3]]`.
 */
function reshapePlan(before: readonly number[], after: readonly number[]): ReshapePlan {
  const plan: (number | readonly number[])[] = [];
  let [i, o] = [0, 0];
  while (i < before.length || o < after.length) {
    const start = { i, o };
    let ins = before[i++] ?? 1;
    let outs = after[o++] ?? 1;
    while (ins !== outs && (i < before.length || o < after.length)) {
      if (ins < outs && i < before.length) ins *= before[i++]!;
      else if (o < after.length) outs *= after[o++]!;
      else ins *= before[i++]!;
    }
    const from = before.slice(start.i, i).map((_, axis) => axis + start.i);
    const sizes = after.slice(start.o, Math.min(o, after.length));
    const long = sizes.filter((size) => size !== 1).length;
    const whole = long === 0 ? 0 : sizes.findIndex((size) => size !== 1);
    for (const [at, size] of sizes.entries()) plan.push(long <= 1 && at === whole && from.length > 0 ? from : size);
  }
  return plan;
}

function isTied(node: OnnxNode): boolean {
  return node.opType === 'Reshape' || node.opType === 'AveragePool';
}

function freeReshape(node: OnnxNode, plan: ReshapePlan, initializer: OnnxTensor[]): OnnxNode[] {
  const name = `${node.output[0]}/free`;
  const constant = (suffix: string, values: readonly number[]) => {
    initializer.push(int64Tensor(`${name}/${suffix}`, [values.length], values));
    return `${name}/${suffix}`;
  };
  const nodes = [onnxNode('Shape', [node.input[0]!], [`${name}/sizes`])];
  const parts = plan.map((from, axis) => {
    if (typeof from === 'number') return constant(`${axis}`, [from]);
    const sizes = onnxNode('Gather', [`${name}/sizes`, constant(`${axis}/axes`, from)], [`${name}/${axis}`], {
      axis: 0,
    });
    nodes.push(sizes);
    if (from.length === 1) return `${name}/${axis}`;
    nodes.push(onnxNode('ReduceProd', [`${name}/${axis}`], [`${name}/${axis}/product`], { keepdims: 1 }));
    return `${name}/${axis}/product`;
  });
  nodes.push(onnxNode('Concat', parts, [`${name}/shape`], { axis: 0 }));
  return [...nodes, { ...node, input: [node.input[0]!, `${name}/shape`] }];
}

function globalIfWhole(node: OnnxNode, before: readonly number[], after: readonly number[]): OnnxNode {
  const [height, width] = intsOf(node, 'kernel_shape') ?? [];
  const pads = intsOf(node, 'pads') ?? [];
  const whole = before.length === 4 && after[2] === 1 && after[3] === 1 && height === before[2] && width === before[3];
  if (!whole || pads.some((pad) => pad !== 0) || intOf(node, 'ceil_mode', 0) !== 0) return node;
  return { ...node, opType: 'GlobalAveragePool', attribute: [] };
}
