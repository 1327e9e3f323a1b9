import { HeatboxError } from '../../error.ts';
import { checkCost } from './limits.ts';
import { modelProto } from './schema.ts';
import type { OnnxModel } from './types.ts';

/**
 * Reads an ONNX file. Tensor bytes are views on `bytes`, not copies.
 *
 * @throws HeatboxError `MODEL_DAMAGED` when the bytes are not an ONNX model, or as `checkCost` does.
 */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  try {
    checkCost(modelProto, bytes);
    const message = modelProto.decode(bytes);
    const model = modelProto.toObject(message, { longs: Number, arrays: true }) as Partial<OnnxModel>;
    if (model.graph === undefined) throw new Error('no graph in it');
    return model as OnnxModel;
  } catch (cause) {
    if (cause instanceof HeatboxError) throw cause;
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

/** Tensors below this many bytes stay with the graph: shapes, axes, scales. */
const LEAST_REFERRED = 1024;

/**
 * A network without its weights: those that lie in a file which was read are referred to there, as ONNX's external data,
 * so that whoever loads the network maps them from the file, and several share them.
 *
 * @param bytes Of the file; `readOnnx` gave the model, or one it was made from.
 * @param location The file's name, in the folder that the network is loaded with.
 */
export function referToWeights(model: OnnxModel, bytes: Uint8Array, location: string): OnnxModel {
  const initializer = model.graph.initializer.map((tensor) => {
    const { rawData, ...rest } = tensor;
    if (rawData === undefined || rawData.buffer !== bytes.buffer || rawData.length < LEAST_REFERRED) return tensor;
    const place = { location, offset: rawData.byteOffset - bytes.byteOffset, length: rawData.length };
    const externalData = Object.entries(place).map(([key, value]) => ({ key, value: String(value) }));
    return { ...rest, dataLocation: 1, externalData };
  });
  return { ...model, graph: { ...model.graph, initializer } };
}
