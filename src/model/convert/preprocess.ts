import type { GraphBuilder, Value } from './graph-builder.ts';
import { type LayersModel, unsupported } from './layers-model.ts';

/** How the network wants its input: what happens to RGB bytes before the first layer. */
export interface Preprocessing {
  /** Order of the channels the network was trained with. */
  readonly order: 'RGB' | 'BGR';
  /** Subtracted from the channels, given as red, green, blue. */
  readonly mean: readonly [red: number, green: number, blue: number];
}

/** The convention of the original Caffe ResNet: BGR, means of ImageNet subtracted, no scaling. */
export const caffe: Preprocessing = { order: 'BGR', mean: [123.68, 116.779, 103.939] };

/**
 * Adds the way from the graph's input `image`, uint8 `[N, H, W, 3]` RGB, to the first layer's `[N, 3, H, W]`. The mean
 * leaves before any padding, so that a zero border is the mean colour, as in training. The channels stay in RGB order:
 * `takeRgb` has turned the first convolution instead.
 */
export function preprocess({ mean }: Preprocessing, graph: GraphBuilder): Value {
  const float = graph.node('Cast', ['image'], 'image/float', { to: 1 });
  const centred = graph.node('Sub', [float, graph.constant('image/mean', [3], mean)], 'image/centred');
  return { name: graph.node('Transpose', [centred], 'image/planes', { perm: [0, 3, 1, 2] }), channels: 3 };
}

/**
 * Reverses the input channels of the first convolution, which makes a network trained on BGR one that takes RGB.
 *
 * @throws HeatboxError `MODEL_UNSUPPORTED` when the input does not go to one convolution, through padding at most.
 */
export function takeRgb(model: LayersModel): LayersModel {
  const input = model.layers.find((layer) => layer.type === 'InputLayer') ?? model.layers[0]!;
  let reader = onlyReader(model, input.type === 'InputLayer' ? input.name : undefined);
  if (reader?.type === 'ZeroPadding2D') reader = onlyReader(model, reader.name);
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
