import { HeatboxError } from '../../error.ts';
import { float16Bits, float16Value, float16Values } from './float16.ts';
import { dataType, type OnnxTensor } from './types.ts';

/** A float32 tensor of shape `dims`, row-major. */
export function float32Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): OnnxTensor {
  const data = Buffer.alloc(values.length * 4);
  for (let i = 0; i < values.length; i++) data.writeFloatLE(values[i]!, i * 4);
  return tensor(name, dims, dataType.float32, values.length, data);
}

/** A float16 tensor of shape `dims`, row-major; values are rounded to the nearest half, ties to even. */
export function float16Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): OnnxTensor {
  const data = Buffer.alloc(values.length * 2);
  for (let i = 0; i < values.length; i++) data.writeUInt16LE(float16Bits(values[i]!), i * 2);
  return tensor(name, dims, dataType.float16, values.length, data);
}

/** An int8 tensor of shape `dims`, row-major. */
export function int8Tensor(name: string, dims: readonly number[], values: Int8Array): OnnxTensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.length);
  return tensor(name, dims, dataType.int8, values.length, bytes);
}

/** A uint8 tensor of shape `dims`, row-major. */
export function uint8Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): OnnxTensor {
  return tensor(name, dims, dataType.uint8, values.length, Uint8Array.from(values));
}

/** An int32 tensor of shape `dims`, row-major. */
export function int32Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): OnnxTensor {
  const data = Buffer.alloc(values.length * 4);
  for (let i = 0; i < values.length; i++) data.writeInt32LE(values[i]!, i * 4);
  return tensor(name, dims, dataType.int32, values.length, data);
}

/** An int64 tensor of shape `dims`, row-major. */
export function int64Tensor(name: string, dims: readonly number[], values: readonly number[]): OnnxTensor {
  const data = Buffer.alloc(values.length * 8);
  for (const [i, value] of values.entries()) data.writeBigInt64LE(BigInt(value), i * 8);
  return tensor(name, dims, dataType.int64, values.length, data);
}

/**
 * The values of a float16, float32 or float64 tensor as float32, row-major, wherever the format put them.
 *
 * @throws HeatboxError `MODEL_UNSUPPORTED` for another type, or values kept in a second file.
 */
export function tensorFloats(tensor: OnnxTensor): Float32Array {
  const kind = Object.entries(dataType).find(([, id]) => id === tensor.dataType)?.[0];
  const width = kind === 'float16' ? 2 : kind === 'float32' ? 4 : kind === 'float64' ? 8 : undefined;
  if (width === undefined || tensor.dataLocation === 1) {
    const what = tensor.dataLocation === 1 ? 'is stored in another file' : `has data type ${kind ?? tensor.dataType}`;
    throw new HeatboxError(
      'MODEL_UNSUPPORTED',
      `tensor ${tensor.name ?? ''} ${what}; floats inside the file are needed`,
      {
        value: tensor.name,
        kind: 'usage',
      },
    );
  }
  const raw = tensor.rawData;
  if (raw === undefined || raw.length === 0) {
    if (kind === 'float16') return Float32Array.from(tensor.int32Data ?? [], float16Value);
    return Float32Array.from((kind === 'float32' ? tensor.floatData : tensor.doubleData) ?? []);
  }
  // A copy, since the bytes may lie anywhere in the file; little-endian as every machine that Node runs on.
  const { buffer } = Uint8Array.from(raw);
  if (width === 2) return float16Values(new Uint16Array(buffer));
  return width === 4 ? new Float32Array(buffer) : Float32Array.from(new Float64Array(buffer));
}

function tensor(name: string, dims: readonly number[], type: number, count: number, rawData: Uint8Array): OnnxTensor {
  const expected = dims.reduce((product, dim) => product * dim, 1);
  if (expected !== count)
    throw new RangeError(`tensor ${name}: shape [${dims}] holds ${expected} values, not ${count}`);
  return { name, dims: [...dims], dataType: type, rawData };
}
