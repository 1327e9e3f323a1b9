import { HeatboxError } from '../error.ts';

/**
 * How a network wants its input. Bytes 0…255 are first spread over `range`, then `mean` is subtracted and the rest is
 * divided by `std`; both are given as red, green, blue whatever the `order`.
 */
export interface Preprocessing {
  /** Order of the channels the network was trained with. */
  readonly order: 'RGB' | 'BGR';
  /** What the bytes 0 and 255 become. */
  readonly range: readonly [low: number, high: number];
  /** What is subtracted. */
  readonly mean: ChannelValues;
  /** What the rest is divided by. */
  readonly std: ChannelValues;
}

/** A number for each channel. */
export type ChannelValues = readonly [red: number, green: number, blue: number];

/** The conventions that networks are trained with, by the name users give. */
export const preprocessings = {
  /** torchvision, timm, most of PyTorch: the colours' means and deviations over ImageNet. */
  imagenet: { order: 'RGB', range: [0, 1], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  /** The original Caffe ResNet and VGG, Keras' ResNet50 and VGG16: BGR, means subtracted, no scaling. */
  caffe: { order: 'BGR', range: [0, 255], mean: [123.68, 116.779, 103.939], std: [1, 1, 1] },
  /** MobileNet, Inception and Xception of TensorFlow and Keras: −1…1. */
  tf: { order: 'RGB', range: [-1, 1], mean: [0, 0, 0], std: [1, 1, 1] },
  /** `Rescaling(1/255)` outside the network, torchvision's `ToTensor` alone: 0…1. */
  unit: { order: 'RGB', range: [0, 1], mean: [0, 0, 0], std: [1, 1, 1] },
  /** Bytes as they are: the network scales them itself, as Keras' EfficientNet does. */
  raw: { order: 'RGB', range: [0, 255], mean: [0, 0, 0], std: [1, 1, 1] },
} as const satisfies Record<string, Preprocessing>;

export type PreprocessingName = keyof typeof preprocessings;

/** Scale and shift of the bytes, a channel each, red first: `value = byte · scale + shift`. */
export function byteScale({ range, mean, std }: Preprocessing): { scale: number[]; shift: number[] } {
  const [low, high] = range;
  return {
    scale: std.map((deviation) => (high - low) / 255 / deviation),
    shift: mean.map((centre, channel) => (low - centre) / std[channel]!),
  };
}

/** The preprocessing of that name. @throws HeatboxError `BAD_PREPROCESS` for another name. */
export function preprocessingNamed(name: string): Preprocessing {
  if (Object.hasOwn(preprocessings, name)) return preprocessings[name as PreprocessingName];
  throw new HeatboxError('BAD_PREPROCESS', `there is no preprocessing '${name}'`, {
    value: name,
    hint: `Give one of ${Object.keys(preprocessings).join(', ')}, or write the numbers into a manifest.json beside the network.`,
    kind: 'usage',
  });
}

/** In words, for a manifest: `RGB, bytes to -1…1`. */
export function describePreprocessing({ order, range, mean, std }: Preprocessing): string {
  const parts = [`${order}, bytes to ${range.join('…')}`];
  if (mean.some((value) => value !== 0)) parts.push(`means ${mean.join(', ')} (RGB) subtracted`);
  if (std.some((value) => value !== 1)) parts.push(`divided by ${std.join(', ')}`);
  return parts.join(', ');
}
