import { HeatboxError } from '../../error.ts';
import {
  dataType,
  float32Tensor,
  int64Tensor,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  onnxNode,
} from '../onnx/index.ts';
import { type GraphIndex, indexGraph } from '../surgery/graph-index.ts';
import { neededFor } from '../surgery/needed-nodes.ts';
import { classWeights } from '../variants/class-weights.ts';
import { poolFirst } from '../variants/pool-first.ts';
import type { Head } from './head.ts';

/** From this opset on, `ReduceLogSumExp` takes its axes as an input. */
const AXES_AS_INPUT = 18;

export interface AttachOptions {
  /** Names of the network's outputs, which stay the same. */
  readonly maps: string;
  readonly logits: string;
  /** Put the head's classes after the network's own instead of in their place. */
  readonly keepClasses: boolean;
}

/**
 * Gives a network with a CAM head the classes of another head on the same trunk.
 *
 * With the network's own classes kept, these are together what the taught classes are weighed against: with z a taught
 * class's logit by its head and l the network's own, its logit is `z + log Σ exp(l)`, so that a softmax over all of them
 * gives the same probability as one against a background whose logit is 0.
 *
 * @throws HeatboxError `TEACH_NO_POOLING` if the class maps do not come from a linear layer over pooled features, or that
 * layer has another number of channels than the head.
 */
export function attachHead(model: OnnxModel, head: Head, { maps, logits, keepClasses }: AttachOptions): OnnxModel {
  const { graph } = model;
  const index = indexGraph(graph);
  const last = index.producer(maps)?.input[0];
  const own = classWeights(index, maps);
  if (last === undefined || !index.computed(last) || own?.channels !== head.channels)
    throw noPooling(own?.channels, head);
  const trunk = keepClasses ? withOwnLogits(index, maps, logits) : neededFor([last], graph);
  const kernels = keepClasses ? concatenated(own.data, head.maps) : head.maps;
  const classes = kernels.length / head.channels;
  const made: OnnxNode[] = [
    onnxNode('Conv', [last, 'taught/maps'], [maps], { kernel_shape: [1, 1] }),
    onnxNode('GlobalAveragePool', [last], ['taught/pooled']),
    // What a head is trained on; trunks whose last activation goes below 0 lose little.
    onnxNode('Relu', ['taught/pooled'], ['taught/positive']),
    onnxNode('Sqrt', ['taught/positive'], ['taught/roots']),
    onnxNode('Conv', ['taught/roots', 'taught/weights', 'taught/bias'], ['taught/scores'], { kernel_shape: [1, 1] }),
    ...(keepClasses
      ? againstOwn(logits, versionOf(model))
      : [onnxNode('Flatten', ['taught/scores'], [logits], { axis: 1 })]),
  ];
  const added: OnnxTensor[] = [
    float32Tensor('taught/maps', [classes, head.channels, 1, 1], kernels),
    float32Tensor('taught/weights', [head.classCount, head.channels, 1, 1], head.weights),
    float32Tensor('taught/bias', [head.classCount], head.bias),
    ...(keepClasses ? [int64Tensor('taught/axis', [1], [1])] : []),
  ];
  const node = [...trunk, ...made];
  const read = new Set(node.flatMap(({ input }) => input));
  const initializer = [...graph.initializer, ...added].filter(({ name }) => read.has(name!));
  const output = graph.output
    .filter(({ name }) => name === maps || name === logits)
    .map(({ name }) => ({ name, type: { tensorType: { elemType: dataType.float32 } } }));
  return { ...model, graph: { ...graph, node, initializer, output, valueInfo: [] } };
}

const OWN_LOGITS = 'trunk/logits';
const OWN_MAPS = 'trunk/maps';

/** The network's own logits under another name, pooled before its linear layer if it can be. */
function withOwnLogits(index: GraphIndex, maps: string, logits: string): OnnxNode[] {
  const renames = new Map([
    [maps, OWN_MAPS],
    [logits, OWN_LOGITS],
  ]);
  const renamed = (name: string) => renames.get(name) ?? name;
  const node = index.graph.node.map((one) => ({
    ...one,
    // Nodes are often named after their outputs, and no two may have one name.
    name: one.output.some((name) => renames.has(name)) ? renamed(one.output[0]!) : one.name,
    input: one.input.map(renamed),
    output: one.output.map(renamed),
  }));
  const graph = { ...index.graph, node };
  return neededFor([OWN_LOGITS], { node: poolFirst(indexGraph(graph), node, OWN_MAPS) ?? node });
}

function againstOwn(logits: string, opset: number): OnnxNode[] {
  const sum =
    opset < AXES_AS_INPUT
      ? onnxNode('ReduceLogSumExp', [OWN_LOGITS], ['taught/own'], { axes: [1], keepdims: 1 })
      : onnxNode('ReduceLogSumExp', [OWN_LOGITS, 'taught/axis'], ['taught/own'], { keepdims: 1 });
  return [
    onnxNode('Flatten', ['taught/scores'], ['taught/flat'], { axis: 1 }),
    sum,
    onnxNode('Add', ['taught/flat', 'taught/own'], ['taught/against']),
    onnxNode('Concat', [OWN_LOGITS, 'taught/against'], [logits], { axis: 1 }),
  ];
}

function versionOf({ opsetImport }: OnnxModel): number {
  return opsetImport.find(({ domain }) => domain === '' || domain === undefined)?.version ?? 0;
}

function concatenated(a: Float32Array, b: Float32Array): Float32Array {
  const all = new Float32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function noPooling(channels: number | undefined, head: Head): HeatboxError {
  const reason =
    channels === undefined
      ? 'the network does not end in global average pooling and a linear layer'
      : `the network pools ${channels} channels, but the taught head was made for ${head.channels}`;
  return new HeatboxError('TEACH_NO_POOLING', reason, {
    value: channels,
    kind: 'usage',
    hint: 'Teach a model whose class maps come from a linear layer, e.g. resnet50-imagenet.',
  });
}
