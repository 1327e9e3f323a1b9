import { dataType, type OnnxModel, type OnnxValueInfo } from '../onnx/index.ts';
import type { Preprocessing } from '../preprocessing.ts';
import { camHead } from './cam-head.ts';
import { findHead } from './find-head.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { graphBuilder, type Value } from './graph-builder.ts';
import { layerTable } from './layer-table.ts';
import type { Layer, LayersModel } from './layers-model.ts';
import { preprocess, takeRgb } from './preprocess.ts';
import { unsupported } from './unsupported.ts';

/** A network in heatbox's form, and what there is to say about it. */
export interface Converted {
  readonly model: OnnxModel;
  readonly classCount: number;
  /** Name of the layer that pooled. */
  readonly pooling: string;
  /** The activation that was left out at the end, as `softmax`. */
  readonly activation: string | undefined;
}

/**
 * Converts a Keras classifier that ends in global average pooling and one linear layer into heatbox's form of an ONNX
 * graph: input `image`, uint8 `[N, H, W, 3]` RGB; outputs `maps`, float32 `[N, classes, rows, cols]`, the class
 * activation maps without bias, and `logits`, float32 `[N, classes]`, their spatial means plus the bias. N, H and W are
 * free. A softmax or sigmoid at the end is left out; a network with one output becomes one of two classes.
 *
 * @throws HeatboxError `MODEL_UNSUPPORTED` naming the layer that has no conversion or no place before a CAM head.
 */
export function convertLayersModel(model: LayersModel, preprocessing: Preprocessing): Converted {
  const network = foldBatchNorm(preprocessing.order === 'BGR' ? takeRgb(model) : model);
  const { head, activation } = findHead(network);
  const graph = graphBuilder();
  const image = preprocess(preprocessing, graph);
  const values = new Map<string, Value>();
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => values.get(name) ?? missing(layer, name));
    if (layer === head) {
      const { classes, pooling } = camHead(layer, inputs[0]!, graph);
      const outputs = [
        valueInfo('maps', dataType.float32, ['N', classes, 'rows', 'cols']),
        valueInfo('logits', dataType.float32, ['N', classes]),
      ];
      return { model: onnxModel(network.name, graph, outputs), classCount: classes, pooling, activation };
    }
    values.set(layer.name, emit(layer, layer.inputs.length === 0 ? [image] : inputs, graph));
  }
  throw unsupported(`its last linear layer ${head.name} is not among its layers`);
}

function onnxModel(name: string, graph: ReturnType<typeof graphBuilder>, output: OnnxValueInfo[]): OnnxModel {
  return {
    irVersion: 8,
    producerName: 'heatbox',
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name,
      node: graph.nodes,
      initializer: graph.initializers,
      input: [valueInfo('image', dataType.uint8, ['N', 'H', 'W', 3])],
      output,
    },
  };
}

function emit(layer: Layer, inputs: readonly Value[], graph: ReturnType<typeof graphBuilder>): Value {
  const emitter = layerTable[layer.type];
  if (emitter === undefined) {
    const pooled = inputs.some((input) => input.pooledFrom !== undefined);
    const place = pooled ? ' between the global pooling and the last linear layer' : '';
    throw unsupported(`there is no conversion for ${layer.type} layer ${layer.name}${place}`, layer.type);
  }
  if (layer.config.data_format === 'channels_first')
    throw unsupported(`layer ${layer.name} has its channels first; only channels_last is converted`, layer.name);
  return emitter(layer, inputs, graph);
}

function missing(layer: Layer, name: string): never {
  throw unsupported(`layer ${layer.name} reads ${name}, which does not come before it`, name);
}

function valueInfo(name: string, elemType: number, shape: readonly (string | number)[]): OnnxValueInfo {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
