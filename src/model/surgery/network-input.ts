import { dataType, type OnnxModel } from '../onnx/index.ts';
import type { GraphIndex } from './graph-index.ts';
import type { NetworkInput } from './image-input.ts';
import { unfit } from './refusal.ts';

/** Of a batch: 64 pictures of 512×512. */
const MOST_PIXELS = 2 ** 24;

const readable: readonly number[] = [dataType.float32, dataType.float16, dataType.float64, dataType.uint8];

/**
 * What a network's image input is, from its declaration; `layout` settles what that leaves open.
 *
 * @throws HeatboxError `MODEL_UNSUPPORTED` for another number of inputs than one, or one that is no batch of colour images.
 */
export function networkInput(model: OnnxModel, index: GraphIndex, layout?: 'NCHW' | 'NHWC'): NetworkInput {
  const [name, ...others] = index.dataInputs;
  if (name === undefined || others.length > 0) {
    throw unfit(
      `it has ${index.dataInputs.length} inputs (${index.dataInputs.slice(0, 8).join(', ')}) instead of one image`,
      'Export the classifier with the image as its only input.',
      index.dataInputs,
    );
  }
  const declared = model.graph.input.find((input) => input.name === name)?.type?.tensorType;
  const dims = declared?.shape?.dim ?? [];
  const sizes = dims.map((dim) => (dim.dimValue !== undefined && dim.dimValue > 0 ? dim.dimValue : undefined));
  const shown = dims.map((dim) => dim.dimValue || dim.dimParam || '?').join(', ');
  if (dims.length !== 4) {
    throw unfit(
      `its input '${name}' is [${shown}], not a batch of images`,
      'heatbox needs an image classifier.',
      shown,
    );
  }
  const elemType = declared?.elemType ?? dataType.float32;
  if (!readable.includes(elemType)) {
    throw unfit(`its input '${name}' has ONNX data type ${elemType}`, 'Export it with a float32 input.', elemType);
  }
  const found = sizes[1] === 3 ? 'NCHW' : sizes[3] === 3 ? 'NHWC' : undefined;
  const used = layout ?? found;
  if (used === undefined || (sizes[used === 'NCHW' ? 1 : 3] ?? 3) !== 3) {
    throw unfit(
      `its input '${name}' is [${shown}], which is not a colour image${layout ? ` in ${layout} order` : ''}`,
      'heatbox feeds three channels; if the sizes are not declared, say NCHW or NHWC in the manifest (input.layout).',
      shown,
    );
  }
  const pixels = sizes
    .filter((_, axis) => axis !== (used === 'NCHW' ? 1 : 3))
    .reduce<number>((all, size) => all * (size ?? 1), 1);
  if (pixels > MOST_PIXELS) {
    throw unfit(
      `its input '${name}' is [${shown}], more than ${MOST_PIXELS} pixels`,
      'Export it for smaller pictures, or fewer in a batch.',
      shown,
    );
  }
  const [height, width] = used === 'NCHW' ? [sizes[2], sizes[3]] : [sizes[1], sizes[2]];
  return { name, layout: used, elemType, batch: sizes[0], height, width };
}
