import { dataType, type OnnxModel, type OnnxValueInfo } from '../onnx/index.ts';
import { camHead } from './cam-head.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { graphBuilder, type Value } from './graph-builder.ts';
import { layerTable } from './layer-table.ts';
import { type Layer, type LayersModel, unsupported } from './layers-model.ts';
import { type Preprocessing, preprocess, takeRgb } from './preprocess.ts';

/**
 * Converts a Keras classifier that ends in global average pooling and one linear layer into heatbox's form of an ONNX
 * graph: input `image`, uint8 `[N, H, W, 3]` RGB; outputs `maps`, float32 `[N, classes, rows, cols]`, the class
 * activation maps without bias, and `logits`, float32 `[N, classes]`, their spatial means plus the bias. N, H and W are
 * free. A softmax at the end is left out.
 *
 * @throws HeatboxError `MODEL_UNSUPPORTED` naming the layer that has no conversion or no place before a CAM head.
 */
export function convertLayersModel(model: LayersModel, preprocessing: Preprocessing): OnnxModel {
  const network = foldBatchNorm(preprocessing.order === 'BGR' ? takeRgb(model) : model);
  const head = findHead(network);
  const graph = graphBuilder();
  const image = preprocess(preprocessing, graph);
  const values = new Map<string, Value>();
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => values.get(name) ?? missing(layer, name));
    if (layer === head) {
      camHead(layer, inputs[0]!, graph);
      break;
    }
    values.set(layer.name, emit(layer, layer.inputs.length === 0 ? [image] : inputs, graph));
  }
  const classes = head.weights.kernel!.shape[1]!;
  return {
    irVersion: 8,
    producerName: 'heatbox',
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: network.name,
      node: graph.nodes,
      initializer: graph.initializers,
      input: [valueInfo('image', dataType.uint8, ['N', 'H', 'W', 3])],
      output: [
        valueInfo('maps', dataType.float32, ['N', classes, 'rows', 'cols']),
        valueInfo('logits', dataType.float32, ['N', classes]),
      ],
    },
  };
}

function emit(layer: Layer, inputs: readonly Value[], graph: ReturnType<typeof graphBuilder>): Value {
  if (layer.type === 'InputLayer') return inputs[0]!;
  const pooled = inputs.some((input) => input.pooledFrom !== undefined);
  const emitter = layerTable[layer.type];
  if (emitter === undefined || (pooled && layer.type !== 'Dropout')) {
    const place = pooled ? ' between the global pooling and the last linear layer' : '';
    throw unsupported(`there is no conversion for ${layer.type} layer ${layer.name}${place}`, layer.type);
  }
  return emitter(layer, inputs, graph);
}

/** The last linear layer: the output itself, or what a softmax at the output reads. */
function findHead(model: LayersModel): Layer {
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  let last = byName.get(model.output);
  while (last !== undefined && isSoftmax(last)) last = byName.get(last.inputs[0] ?? '');
  const activation = last?.config.activation ?? 'linear';
  if (
    last?.type !== 'Dense' ||
    last.weights.kernel === undefined ||
    (activation !== 'linear' && activation !== 'softmax')
  ) {
    throw unsupported(
      `it does not end in a linear layer with or without softmax, but in ${last?.type} layer ${last?.name}`,
    );
  }
  return last;
}

function isSoftmax(layer: Layer): boolean {
  return (
    layer.type === 'Softmax' ||
    (layer.type === 'Activation' && ['softmax', 'linear'].includes(String(layer.config.activation)))
  );
}

function missing(layer: Layer, name: string): never {
  throw unsupported(`layer ${layer.name} reads ${name}, which does not come before it`, name);
}

function valueInfo(name: string, elemType: number, shape: readonly (string | number)[]): OnnxValueInfo {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
