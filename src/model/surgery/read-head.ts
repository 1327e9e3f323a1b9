import type { OnnxNode } from '../onnx/index.ts';
import { type Affine, followedBy, identity } from './affine.ts';
import { explainRefusal } from './explain.ts';
import { describeNode, type GraphIndex, intOf, intsOf } from './graph-index.ts';
import type { Probe } from './probe.ts';
import { noCam } from './refusal.ts';
import { type HeadTrace, shapeOps } from './trace-head.ts';

/** A head that a CAM can be made of: maps, their global average, and a linear map of it to the logits. */
export interface Head {
  /** The value that is averaged. */
  readonly features: string;
  readonly layout: 'NCHW' | 'NHWC';
  /** `[N, C, H, W]` or `[N, H, W, C]` at the network's own size. */
  readonly shape: readonly number[];
  readonly pooling: OnnxNode;
  readonly linear: Affine;
  /** The value in the original network that the logits equal; `[N, classes]`, perhaps with unit axes. */
  readonly logits: string;
  /** The activation that was left out at the end. */
  readonly activation: OnnxNode | undefined;
}

/** The values `readHead` needs to know the shapes of, and the weights it needs. */
export function headTaps(trace: HeadTrace, index: GraphIndex): { shapes: string[]; weights: string[] } {
  const nodes = [...trace.pooling, ...trace.steps, ...(trace.stop ? [trace.stop] : [])];
  const upstream: OnnxNode[] = [];
  for (let node: OnnxNode | undefined = nodes[0]; node !== undefined; ) {
    upstream.push(node);
    node = index.producer(index.computedInputs(node)[0] ?? '');
  }
  const around = trace.pooling.length > 0 ? upstream.slice(0, 2) : upstream;
  const values = [...nodes, ...around].flatMap((node) => [...index.computedInputs(node), node.output[0]!]);
  const classifier = index.producer(trace.pooling[0]?.input[0] ?? '');
  const weights = [...nodes, ...(classifier?.opType === 'Conv' ? [classifier] : [])].flatMap((node) =>
    shapeOps.includes(node.opType) ? [] : node.input.filter((input) => input !== '' && !index.computed(input)),
  );
  return { shapes: values.filter((value) => index.computed(value)), weights };
}

/**
 * @throws HeatboxError `MODEL_NO_CAM` with the reason and the name of the node that prevents it.
 */
export function readHead(trace: HeadTrace, index: GraphIndex, probe: Probe): Head {
  if (trace.pooling.length === 0) throw explainRefusal(trace, index, probe.shape);
  const pooled = readPooling(trace.pooling, index, probe);
  const { layout, shape } = pooled;
  const channels = layout === 'NCHW' ? shape[1]! : shape[3]!;
  let linear = identity(channels, pooled.factor);
  for (const node of trace.steps) {
    const value = index.computedInputs(node)[0]!;
    const size = features(probe.shape(value), shape[0]!);
    if (size !== linear.outputs) {
      throw noCam(
        `${describeNode(node)} reads [${probe.shape(value)}], not the ${linear.outputs} pooled features`,
        node,
      );
    }
    if (shapeOps.includes(node.opType)) continue;
    const next = followedBy(linear, node, value, probe);
    if (next === undefined) {
      throw noCam(`${describeNode(node)} after the pooling does not map a vector of features to another`, node);
    }
    linear = next;
  }
  return { ...pooled, linear, logits: trace.logits, activation: trace.activation };
}

/** The length of a tensor with one long axis besides the batch. */
function features(shape: readonly number[] | undefined, batch: number): number | undefined {
  const count = shape?.reduce((product, dim) => product * dim, 1);
  const long = shape?.filter((dim) => dim !== 1).length ?? 0;
  return count !== undefined && long <= (batch === 1 ? 1 : 2) ? count / batch : undefined;
}

function readPooling(pooling: readonly OnnxNode[], index: GraphIndex, probe: Probe) {
  const node = pooling[0]!;
  const input = node.input[0]!;
  const shape = probe.shape(input) ?? [];
  if (node.opType === 'AveragePool') return { ...averagePool(node, shape, probe), features: input, pooling: node };
  const axes = node.opType === 'GlobalAveragePool' ? shape.map((_, axis) => axis).slice(2) : meanAxes(pooling, probe);
  const spatial = axes.join();
  if (shape.length === 4 && spatial === '2,3') return result(input, 'NCHW', shape);
  if (shape.length === 4 && spatial === '1,2') return result(input, 'NHWC', shape);
  // Positions may have been put in one row before: take the maps from before that.
  const flatten = index.producer(input);
  const before = probe.shape(flatten?.input[0] ?? '');
  if (shape.length === 3 && spatial === '2' && before?.length === 4 && before[1] === shape[1]) {
    if (flatten?.opType === 'Reshape' || flatten?.opType === 'Flatten')
      return result(flatten.input[0]!, 'NCHW', before);
  }
  throw noCam(
    `${describeNode(node)} averages axes ${spatial} of [${shape}], which are not the rows and columns of maps`,
    node,
  );

  function result(value: string, layout: 'NCHW' | 'NHWC', dims: readonly number[]) {
    return { features: value, layout, shape: dims, factor: 1, pooling: node };
  }
}

/** The axes, in terms of the first node's input, that one mean or several in a row average over. */
function meanAxes(pooling: readonly OnnxNode[], probe: Probe): number[] {
  let remaining = (probe.shape(pooling[0]!.input[0]!) ?? []).map((_, axis) => axis);
  const averaged: number[] = [];
  for (const node of pooling) {
    if (node.opType !== 'ReduceMean') {
      // A squeeze between two means drops the axis that the first has made 1.
      remaining = remaining.filter((axis) => !averaged.includes(axis));
      continue;
    }
    const given = intsOf(node, 'axes') ?? (node.input[1] ? probe.weight(node.input[1])?.data : undefined);
    const axes = given ? Array.from(given, (axis) => (axis < 0 ? axis + remaining.length : axis)) : remaining.keys();
    const names = [...axes].map((axis) => remaining[axis]!);
    averaged.push(...names);
    if (intOf(node, 'keepdims', 1) === 0) remaining = remaining.filter((axis) => !names.includes(axis));
  }
  return averaged.sort((a, b) => a - b);
}

/** A window that covers the whole map is a global pooling, whatever its own size. */
function averagePool(node: OnnxNode, shape: readonly number[], probe: Probe) {
  const [rows, cols] = [shape[2] ?? 0, shape[3] ?? 0];
  const out = probe.shape(node.output[0]!) ?? [];
  const [height, width] = intsOf(node, 'kernel_shape') ?? [];
  const [top = 0, left = 0, bottom = 0, right = 0] = intsOf(node, 'pads') ?? [];
  const covers = height! - top >= rows && width! - left >= cols;
  if (shape.length !== 4 || out[2] !== 1 || out[3] !== 1 || !covers) {
    throw noCam(
      `${describeNode(node)} averages windows of ${height}×${width} of the ${rows}×${cols} maps to ${out[2]}×${out[3]} positions, not the whole maps`,
      node,
    );
  }
  // Padding that counts makes the average smaller than that of the map.
  const counted = intOf(node, 'count_include_pad', 0) === 1;
  const area = Math.min(height!, rows + top + bottom) * Math.min(width!, cols + left + right);
  return { layout: 'NCHW' as const, shape, factor: counted ? (rows * cols) / area : 1 };
}
