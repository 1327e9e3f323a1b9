import { byteScale, type Preprocessing } from '../preprocessing.ts';
import type { GraphBuilder, Value } from './graph-builder.ts';
import type { LayersModel } from './layers-model.ts';
import { unsupported } from './unsupported.ts';

/**
 * Adds the way from the graph's input `image`, uint8 `[N, H, W, 3]` RGB, to the first layer's `[N, 3, H, W]`. The mean
 * leaves before any padding, so that a zero border is the mean colour, as in training. The channels stay in RGB order:
 * `takeRgb` has turned the first convolution instead.
 */
export function preprocess(preprocessing: Preprocessing, graph: GraphBuilder): Value {
  const { scale, shift } = byteScale(preprocessing);
  let value = graph.node('Cast', ['image'], 'image/float', { to: 1 });
  if (scale.some((factor) => factor !== 1))
    value = graph.node('Mul', [value, graph.constant('image/scale', [3], scale)], 'image/scaled');
  if (shift.some((offset) => offset !== 0)) {
    const mean = shift.map((offset) => -offset);
    value = graph.node('Sub', [value, graph.constant('image/mean', [3], mean)], 'image/centred');
  }
  return { name: graph.node('Transpose', [value], 'image/planes', { perm: [0, 3, 1, 2] }), channels: 3 };
}

/**
 * Reverses the input channels of the first convolution, which makes a network trained on BGR one that takes RGB.
 *
 * @throws HeatboxError `MODEL_UNSUPPORTED` when the input does not go to one convolution, through padding and layers of training at most.
 */
export function takeRgb(model: LayersModel): LayersModel {
  const input = model.layers.find((layer) => layer.type === 'InputLayer') ?? model.layers[0]!;
  let reader = onlyReader(model, input.type === 'InputLayer' ? input.name : undefined);
  // Padding puts zeros on all channels; what varies pictures in training does nothing afterwards.
  while (reader !== undefined && /^(ZeroPadding2D|Random\w+)$/.test(reader.type))
    reader = onlyReader(model, reader.name);
  const kernel = reader?.weights.kernel;
  if (reader?.type !== 'Conv2D' || kernel === undefined) {
    throw unsupported('it takes BGR, but its input does not go to one Conv2D layer', input.name);
  }
  const [ins, outs] = kernel.shape.slice(2) as [number, number];
  const data = kernel.data.map((_, i, all) => {
    const channel = Math.floor(i / outs) % ins;
    return all[i + (ins - 1 - 2 * channel) * outs]!;
  });
  const turned = { ...reader, weights: { ...reader.weights, kernel: { shape: kernel.shape, data } } };
  return { ...model, layers: model.layers.map((layer) => (layer === reader ? turned : layer)) };
}

function onlyReader(model: LayersModel, name: string | undefined) {
  const readers = model.layers.filter((layer) =>
    name === undefined ? layer.inputs.length === 0 : layer.inputs.includes(name),
  );
  return readers.length === 1 ? readers[0] : undefined;
}
