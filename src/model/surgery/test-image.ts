import type { Size } from '../../types.ts';
import { float16Bits } from '../onnx/float16.ts';
import { dataType } from '../onnx/index.ts';
import { byteScale, type Preprocessing } from '../preprocessing.ts';
import type { PlainTensor } from '../run-onnx.ts';
import type { NetworkInput } from './image-input.ts';

/** RGB bytes, `[height, width, 3]`. */
export type Picture = Size & { readonly data: Uint8Array };

/** A picture of coloured waves and grain, the same for the same number: smooth and rough parts, all of the range. */
export function testPicture({ width, height }: Size, seed: number): Picture {
  const data = new Uint8Array(width * height * 3);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        const grain = (state >>> 24) / 255 - 0.5;
        const wave = Math.sin((x * (channel + 1 + seed)) / 23 + seed) * Math.cos((y * (3 - channel)) / 31);
        data[(y * width + x) * 3 + channel] = Math.max(0, Math.min(255, 128 + 110 * wave + 60 * grain));
      }
    }
  }
  return { width, height, data };
}

/** Pictures as the tensor a network takes: the reference that the preprocessing in the graph is checked against. */
export function prepare(pictures: readonly Picture[], input: NetworkInput, preprocessing: Preprocessing): PlainTensor {
  const { width, height } = pictures[0]!;
  const { scale, shift } = byteScale(preprocessing);
  const values = new Float32Array(pictures.length * width * height * 3);
  const area = width * height;
  for (const [n, picture] of pictures.entries()) {
    for (let pixel = 0; pixel < area; pixel++) {
      for (let colour = 0; colour < 3; colour++) {
        const channel = preprocessing.order === 'BGR' ? 2 - colour : colour;
        const at = input.layout === 'NCHW' ? channel * area + pixel : pixel * 3 + channel;
        values[n * area * 3 + at] = picture.data[pixel * 3 + colour]! * scale[colour]! + shift[colour]!;
      }
    }
  }
  const dims = input.layout === 'NCHW' ? [pictures.length, 3, height, width] : [pictures.length, height, width, 3];
  switch (input.elemType) {
    case dataType.float16:
      return { type: 'float16', dims, data: Uint16Array.from(values, float16Bits) };
    case dataType.float64:
      return { type: 'float64', dims, data: Float64Array.from(values) };
    case dataType.uint8:
      return { type: 'uint8', dims, data: Uint8Array.from(values) };
    default:
      return { type: 'float32', dims, data: values };
  }
}

/** Pictures as heatbox feeds them. */
export function imageTensor(pictures: readonly Picture[]): PlainTensor {
  const { width, height } = pictures[0]!;
  return {
    type: 'uint8',
    dims: [pictures.length, height, width, 3],
    data: new Uint8Array(Buffer.concat(pictures.map((picture) => picture.data))),
  };
}
