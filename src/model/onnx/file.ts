import { HeatboxError } from '../../error.ts';
import { modelProto } from './schema.ts';
import type { OnnxGraph, OnnxModel } from './types.ts';

/**
 * Reads an ONNX file. Tensor bytes are views on `bytes`, not copies.
 *
 * @throws HeatboxError `MODEL_DAMAGED` when the bytes are not an ONNX model.
 */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  try {
    const message = modelProto.decode(bytes);
    const model = modelProto.toObject(message, { longs: Number, arrays: true }) as Partial<OnnxModel>;
    if (model.graph === undefined) throw new Error('no graph in it');
    return model as OnnxModel;
  } catch (cause) {
    throw new HeatboxError('MODEL_DAMAGED', `these ${bytes.length} bytes are not an ONNX model`, {
      hint: 'The file may be cut short or of another format; export or fetch it again.',
      cause,
      kind: 'usage',
    });
  }
}

/** The bytes of an ONNX file. The same model always gives the same bytes. */
export function writeOnnx(model: OnnxModel): Uint8Array {
  return modelProto.encode(modelProto.fromObject(model)).finish();
}

/**
 * An ONNX file with more at the end of its graph's lists. Protobuf reads messages that follow each other as one, lists
 * joined, so that the weights in `bytes` need not be taken apart and written again.
 */
export function appendToOnnx(bytes: Uint8Array, graph: Pick<OnnxGraph, 'node' | 'initializer' | 'output'>): Uint8Array {
  return Buffer.concat([bytes, modelProto.encode(modelProto.fromObject({ graph })).finish()]);
}
