/**
 * How model tools run a network they are looking at. `model/` imports no engine; who calls it hands one in
 * (`inference/` has it for onnxruntime).
 */
export type OpenOnnx = (model: Uint8Array) => Promise<OnnxRun>;

/** A network that is loaded. */
export interface OnnxRun {
  /** @throws whatever the engine throws when the network does not take these tensors. */
  run(inputs: Readonly<Record<string, PlainTensor>>): Promise<Readonly<Record<string, PlainTensor>>>;
  close(): Promise<void>;
}

/** Row-major. float16 values are their bits in a Uint16Array. */
export interface PlainTensor {
  readonly type: 'float32' | 'float16' | 'float64' | 'uint8' | 'int8' | 'int32' | 'int64' | 'bool' | string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number> | BigInt64Array;
}
