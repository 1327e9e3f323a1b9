import { dirname } from 'node:path';
import type { Size } from '../../types.ts';
import { type Linear, linearOf } from '../convert/cam-head.ts';
import { readWeights, type Weight } from '../convert/read-weights.ts';
import { MOST_JSON } from '../convert/tfjs-files.ts';
import { unsupported } from '../convert/unsupported.ts';
import { readRegular } from '../files/inside.ts';
import { type GraphNode, integers, parseGraph, type TfjsGraph, text, texts } from './graph.ts';
import type { TfjsHead } from './network.ts';

/** What may follow the linear layer or the pooling without changing the order of the classes. */
const passing = ['Identity', 'Reshape', 'Squeeze', 'Softmax', 'Sigmoid'];
const sums = ['BiasAdd', 'Add', 'AddV2'];
const products = ['MatMul', '_FusedMatMul', 'Conv2D', '_FusedConv2D'];

/** Operators whose output has another size than their input's and stride's. */
const sizeBound = ['Reshape', 'ResizeBilinear', 'ResizeNearestNeighbor', 'StridedSlice', 'Slice'];

/**
 * The head of a graph model.
 *
 * @throws HeatboxError `MODEL_DAMAGED`, `MODEL_UNSUPPORTED`
 */
export async function graphHead(modelJson: string): Promise<TfjsHead> {
  const graph = parseGraph((await readRegular(modelJson, MOST_JSON)).toString('utf8'), modelJson);
  const constants = new Set([...graph.nodes.values()].filter(({ op }) => op === 'Const').map(({ name }) => name));
  const weights = (names: readonly string[]) =>
    readWeights(graph.weightsManifest, dirname(modelJson), (name) => names.includes(name));
  const { linear: product, bias, pooling } = walk(graph, constants);
  const axes = pooling.op === 'Mean' ? (await weights([pooling.input[1]!])).get(pooling.input[1]!)?.data : [1, 2];
  if (
    axes === undefined ||
    [...axes]
      .map((axis) => (axis + 4) % 4)
      .sort()
      .join() !== '1,2'
  )
    throw unsupported(`${pooling.name} takes the mean over axes ${axes}, not over the picture`, pooling.name);
  const features = pooling.input[0]!;
  const linear = product && linearFrom(product, bias, await weights([product.input[1]!, ...(bias ? [bias] : [])]));
  return {
    pooling: pooling.name,
    features,
    ...(linear && { linear }),
    classCount: linear?.classes ?? channelsOf(graph, features, constants),
    ...geometry(graph, features, constants),
    size: sizeOf(graph),
  };
}

interface Walked {
  readonly linear: GraphNode | undefined;
  /** Name of the constant. */
  readonly bias: string | undefined;
  readonly pooling: GraphNode;
}

/** From the output back to the pooling. */
function walk(graph: TfjsGraph, constants: ReadonlySet<string>): Walked {
  let node = graph.node(graph.output);
  let linear: GraphNode | undefined;
  let bias: string | undefined;
  for (;;) {
    const [first, second = ''] = node.input;
    if (node.op === 'Mean' || node.op === 'AvgPool') return { linear, bias, pooling: node };
    if (sums.includes(node.op) && linear === undefined && bias === undefined && constants.has(second)) bias = second;
    else if (products.includes(node.op) && linear === undefined && constants.has(second)) {
      const fused = texts(node, 'fused_ops');
      if (fused.some((op) => !['BiasAdd', 'Softmax', 'Sigmoid'].includes(op)))
        throw unsupported(`${node.name} is followed by ${fused.join()}, so its output are no logits`, node.name);
      linear = node;
      if (fused.includes('BiasAdd')) bias = node.input[2];
    } else if (!passing.includes(node.op)) {
      throw unsupported(`${node.op} node ${node.name} comes between the pooling and the classes`, node.name);
    }
    node = graph.node(first ?? '');
  }
}

function linearFrom(node: GraphNode, bias: string | undefined, weights: ReadonlyMap<string, Weight>): Linear {
  const stored = weights.get(node.input[1]!);
  if (stored === undefined) throw unsupported(`${node.name} has no weights`, node.name);
  const kernel = node.attr.transpose_b?.b ? transposed(stored) : stored;
  const offset = bias === undefined ? undefined : weights.get(bias);
  const layer = { name: node.name, weights: { kernel, ...(offset && { bias: offset }) } };
  return linearOf(layer, {});
}

function transposed({ shape, data }: Weight): Weight {
  const [rows, cols] = shape as [number, number];
  const turned = data.map((_, i) => data[(i % rows) * cols + Math.floor(i / rows)]!);
  return { shape: [cols, rows], data: turned };
}

function geometry(graph: TfjsGraph, features: string, constants: ReadonlySet<string>) {
  let fixed = false;
  /** Input pixels a cell; 0 for constants and for what has been pooled. */
  const strides = new Map<string, number>();
  function strideOf(name: string): number {
    const known = strides.get(name);
    if (known !== undefined) return known;
    strides.set(name, 0);
    const node = graph.node(name);
    let stride = 0;
    if (node.op === 'Placeholder') stride = 1;
    else if (!constants.has(name) && node.op !== 'Mean') {
      if (text(node, 'data_format') === 'NCHW') throw unsupported(`${name} has its channels first`, name);
      stride = Math.max(0, ...node.input.map(strideOf)) * (integers(node, 'strides')[1] ?? 1);
      fixed ||= stride > 0 && sizeBound.includes(node.op);
    }
    strides.set(name, stride);
    return stride;
  }
  return { stride: strideOf(features), fixed };
}

/** Of a node's output, by the weights nearest to it. */
function channelsOf(graph: TfjsGraph, name: string, constants: ReadonlySet<string>): number {
  const node = graph.node(name);
  const shapes = node.input.filter((one) => constants.has(one)).map((one) => graph.shapeOf(one));
  const channels = shapes.at(-1)?.at(-1);
  if (channels !== undefined) return channels;
  return channelsOf(graph, node.input[0] ?? '', constants);
}

function sizeOf({ nodes }: TfjsGraph): Size | undefined {
  const input = [...nodes.values()].find(({ op }) => op === 'Placeholder');
  const [, height = 0, width = 0] = (input?.attr.shape?.shape?.dim ?? []).map(({ size }) => Number(size));
  return height > 0 && width > 0 ? { width, height } : undefined;
}
