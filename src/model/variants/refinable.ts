import { dataType, type OnnxModel, type OnnxValueInfo } from '../onnx/index.ts';
import { indexGraph } from '../surgery/graph-index.ts';
import { type ClassWeights, classWeights } from './class-weights.ts';
import { type LastStageGradient, lastStageGradient } from './last-stage-gradient.ts';
import { findStages, type Stages } from './stages.ts';

/** A network that also gives what its maps can be refined with. */
export interface Refinable {
  /** The same network with further outputs: `stages` and what `gradient` takes. */
  readonly model: OnnxModel;
  readonly stages: Stages;
  /** Absent where the maps do not come out of a linear layer. */
  readonly weights?: ClassWeights;
  /** Absent where the last stage is not to be run backwards, or cannot. */
  readonly gradient?: LastStageGradient;
}

/**
 * Derives the variant of a network with a CAM head whose earlier activations can be seen. What it computes stays the same.
 *
 * @param maps Name of its class maps.
 * @param backwards Whether `gradient` is wanted.
 * @returns nothing where its stages cannot be told apart.
 */
export function refinable(model: OnnxModel, maps: string, backwards: boolean): Refinable | undefined {
  const index = indexGraph(model.graph);
  const stages = findStages(index, maps);
  if (stages === undefined) return undefined;
  const weights = classWeights(index, maps);
  const gradient = backwards && weights ? lastStageGradient(index, stages.earlier.at(-1)!, stages.last) : undefined;
  const seen = new Set([...stages.earlier, stages.last, ...(gradient?.activations ?? [])]);
  for (const { name } of model.graph.output) seen.delete(name);
  const output = [...model.graph.output, ...[...seen].map(floatOutput)];
  return {
    model: { ...model, graph: { ...model.graph, output } },
    stages,
    ...(weights && { weights }),
    ...(gradient && { gradient }),
  };
}

function floatOutput(name: string): OnnxValueInfo {
  return { name, type: { tensorType: { elemType: dataType.float32 } } };
}
