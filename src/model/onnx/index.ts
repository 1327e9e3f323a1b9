export { readWholeOnnx } from './external-data.ts';
export { readOnnx, referToWeights, writeOnnx } from './file.ts';
export { type AttributeValue, onnxNode } from './node.ts';
export {
  float16Tensor,
  float32Tensor,
  int8Tensor,
  int32Tensor,
  int64Tensor,
  tensorFloats,
  uint8Tensor,
} from './tensor.ts';
export * from './types.ts';
