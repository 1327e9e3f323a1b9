import { HeatboxError } from '../../error.ts';
import { dataType, float32Tensor, readOnnx, tensorFloats, uint8Tensor, writeOnnx } from '../onnx/index.ts';

/** Pooled features of pictures of all kinds of things: what a taught class is not. */
export type Background = readonly Float32Array[];

/** Steps of a channel: 4 bits. */
const STEPS = 15;

/**
 * The bytes of a background's file. Each feature's square root, on which heads are trained, is rounded to a fifteenth of its
 * channel's greatest: half a byte per channel and picture.
 *
 * @param background All of one length, which is even; values are at least 0.
 */
export function writeBackground(background: Background): Uint8Array {
  const channels = background[0]!.length;
  const scale = new Float32Array(channels);
  for (const features of background) {
    for (let channel = 0; channel < channels; channel++) {
      scale[channel] = Math.max(scale[channel]!, Math.sqrt(features[channel]!));
    }
  }
  const codes = new Uint8Array((background.length * channels) / 2);
  const code = (value: number, most: number) => (most === 0 ? 0 : Math.round((Math.sqrt(value) / most) * STEPS));
  for (const [row, features] of background.entries()) {
    for (let channel = 0; channel < channels; channel += 2) {
      const low = code(features[channel]!, scale[channel]!);
      const high = code(features[channel + 1]!, scale[channel + 1]!);
      codes[(row * channels + channel) / 2] = low | (high << 4);
    }
  }
  return writeOnnx({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    producerName: 'heatbox',
    graph: {
      name: 'background',
      node: [],
      input: [],
      output: [],
      initializer: [
        float32Tensor('scale', [channels], scale),
        uint8Tensor('codes', [background.length, channels / 2], codes),
      ],
    },
  });
}

/**
 * Reads a background's file.
 *
 * @param path Of the file, for errors.
 * @throws HeatboxError `MODEL_DAMAGED` if it is something else.
 */
export function readBackground(bytes: Uint8Array, path: string): Background {
  const tensors = new Map(readOnnx(bytes).graph.initializer.map((tensor) => [tensor.name, tensor]));
  const [scale, codes] = [tensors.get('scale'), tensors.get('codes')];
  const [pictures = 0, halves = 0] = codes?.dims ?? [];
  const fits =
    scale?.dataType === dataType.float32 &&
    codes?.dataType === dataType.uint8 &&
    scale.dims.join() === `${2 * halves}` &&
    codes.rawData?.length === pictures * halves;
  if (!fits) {
    throw new HeatboxError('MODEL_DAMAGED', `${path} does not hold a background`, {
      hint: 'Install heatbox again, or fetch the model again.',
      value: path,
      kind: 'usage',
    });
  }
  const most = tensorFloats(scale);
  const data = codes.rawData!;
  return Array.from({ length: pictures }, (_, row) => {
    const features = new Float32Array(2 * halves);
    for (let half = 0; half < halves; half++) {
      const pair = data[row * halves + half]!;
      const [low, high] = [((pair & STEPS) / STEPS) * most[2 * half]!, ((pair >> 4) / STEPS) * most[2 * half + 1]!];
      features[2 * half] = low * low;
      features[2 * half + 1] = high * high;
    }
    return features;
  });
}
