import { readFile } from 'node:fs/promises';
import { HeatboxError } from '../../error.ts';
import { checkBytes } from '../files/verify-file.ts';
import type { Model } from '../model.ts';
import { readOnnx, writeOnnx } from '../onnx/index.ts';
import { attachHead } from '../teach/attach-head.ts';
import { readHead } from '../teach/head.ts';

/**
 * The network of a model as one ONNX file, in float32: RGB bytes in, class maps and logits out. Of a taught model its trunk
 * with its own head.
 *
 * @throws HeatboxError `MODEL_DAMAGED`; `MODEL_UNSUPPORTED` for what TensorFlow.js runs.
 */
export async function exportModel(model: Model): Promise<Uint8Array> {
  const { networkPath, manifest, head, tfjs } = model;
  if (tfjs !== undefined) {
    throw new HeatboxError('MODEL_UNSUPPORTED', `${model.name} is a model of TensorFlow.js, not of ONNX`, {
      value: model.name,
      kind: 'usage',
      hint: 'Convert it with heatbox models convert if it is a layers model.',
    });
  }
  const bytes = await readFile(networkPath);
  checkBytes(networkPath, bytes, manifest.files.model);
  if (head === undefined) return bytes;
  const own = await readFile(head.path);
  checkBytes(head.path, own, head);
  return writeOnnx(attachHead(readOnnx(bytes), readHead(own, head.path), { ...manifest.outputs, ...head }));
}
