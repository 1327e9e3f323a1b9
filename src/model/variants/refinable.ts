import type { ClassWeights } from '../../types.ts';
import { dataType, type OnnxModel, type OnnxValueInfo } from '../onnx/index.ts';
import { type GraphIndex, indexGraph } from '../surgery/graph-index.ts';
import { type AffinityGraph, affinityGraph } from './affinity.ts';
import { classWeights } from './class-weights.ts';
import { dilateLastStage } from './dilate-last-stage.ts';
import { type OutlineGraph, outlineGraph } from './outline.ts';
import { poolFirst } from './pool-first.ts';
import { findStages, type Stages } from './stages.ts';

/** A network that also gives what its maps can be refined with. */
export interface Refinable {
  /** The same network with further outputs: the last stage and the affinities. Without its maps where the weights tell them. */
  readonly model: OnnxModel;
  readonly stages: Stages;
  /** Of the earlier stages, finest first, to the cells of the maps. */
  readonly affinities: AffinityGraph['outputs'];
  /** Where the evidence of outlines is given; absent without a decoder for this network. */
  readonly outline?: OutlineGraph['output'];
  /** Absent where the maps do not come out of a linear layer. */
  readonly weights?: ClassWeights;
}

/**
 * Derives the variant of a network with a CAM head that also tells what its maps can be refined with.
 *
 * @param maps Name of its class maps.
 * @param dilate Whether the last stage is to be dilated, where it can be; else what the network computes stays the same.
 * @param decoder Of outlines, which the variant computes as well.
 * @returns nothing where its stages cannot be told apart, or its operators are too old a version.
 */
export function refinable(model: OnnxModel, maps: string, dilate = false, decoder?: OnnxModel): Refinable | undefined {
  const index = indexGraph(model.graph);
  const stages = findStages(index, maps);
  if (stages === undefined) return undefined;
  const weights = classWeights(index, maps);
  const quantised = new Map(stages.earlier.map((stage) => [stage, quantisedOf(index, stage)]));
  const earlier = stages.earlier.map((stage) => quantised.get(stage) ?? stage);
  const whole = new Set(earlier.filter((value) => !stages.earlier.includes(value)));
  const affinity = affinityGraph(stages.last, earlier, model.opsetImport, whole);
  if (affinity === undefined) return undefined;
  const seen = model.graph.output.some(({ name }) => name === stages.last) ? [] : [stages.last];
  const { graph } = model;
  const dilated = dilate ? dilateLastStage(index, stages.earlier.at(-1)!, stages.last) : undefined;
  const node = dilated ?? graph.node;
  // Maps that are the only output are what the network is for.
  const hasLogits = graph.output.some(({ name }) => name !== maps);
  const pooled = weights && hasLogits ? poolFirst(index, node, maps) : undefined;
  const computed = (name: string) => index.computed(name);
  const outline = decoder && outlineGraph(decoder, model.opsetImport, computed, dilated !== undefined);
  return {
    model: {
      ...model,
      graph: {
        ...graph,
        node: [...(pooled ?? node), ...affinity.nodes, ...(outline?.node ?? [])],
        initializer: [...graph.initializer, ...affinity.initializer, ...(outline?.initializer ?? [])],
        output: [
          ...(pooled ? graph.output.filter(({ name }) => name !== maps) : graph.output),
          ...seen.map((name) => output(name, dataType.float32)),
          ...affinity.outputs.map(({ affinity }) => output(affinity, dataType.float32)),
          ...affinity.outputs.map(({ grid }) => output(grid, dataType.int64)),
          ...(outline ? [output(outline.output, dataType.float32)] : []),
        ],
      },
    },
    stages,
    affinities: affinity.outputs,
    ...(outline && { outline: outline.output }),
    ...(weights && { weights }),
  };
}

/**
 * What a stage's activation is read from in a quantised network, where 0 stands for 0. The runtime would read it again for
 * each of its uses.
 */
function quantisedOf(index: GraphIndex, stage: string): string | undefined {
  const producer = index.producer(stage);
  if (producer?.opType !== 'DequantizeLinear') return undefined;
  const [quantised, , zero] = producer.input;
  const point = index.graph.initializer.find(({ name }) => name === zero);
  return zero === undefined || point?.rawData?.every((byte) => byte === 0) ? quantised : undefined;
}

function output(name: string, elemType: number): OnnxValueInfo {
  return { name, type: { tensorType: { elemType } } };
}
