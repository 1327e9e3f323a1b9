/**
 * An ONNX file as plain objects, in the format's own words (camel case). Only the fields heatbox works with are named;
 * every other field of the format is kept when a file is read and written.
 *
 * 64-bit integers are numbers: exact up to 2^53, and the limits of int64 (used by `Slice` for "to the end") survive.
 */
export interface OnnxModel {
  irVersion?: number;
  opsetImport: { domain?: string; version?: number }[];
  producerName?: string;
  docString?: string;
  metadataProps?: { key?: string; value?: string }[];
  graph: OnnxGraph;
}

export interface OnnxGraph {
  name?: string;
  /** In topological order. */
  node: OnnxNode[];
  initializer: OnnxTensor[];
  input: OnnxValueInfo[];
  output: OnnxValueInfo[];
  valueInfo?: OnnxValueInfo[];
}

export interface OnnxNode {
  name?: string;
  opType: string;
  domain?: string;
  input: string[];
  output: string[];
  attribute: OnnxAttribute[];
}

export interface OnnxAttribute {
  name: string;
  /** One of `attributeType`. */
  type?: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: OnnxTensor;
  g?: OnnxGraph;
  floats?: number[];
  ints?: number[];
  strings?: Uint8Array[];
}

export interface OnnxTensor {
  name?: string;
  dims: number[];
  /** One of `dataType`. */
  dataType: number;
  /** Little-endian, row-major. The fields below are the format's alternatives to it. */
  rawData?: Uint8Array;
  floatData?: number[];
  int32Data?: number[];
  int64Data?: number[];
  doubleData?: number[];
  /** 1 when the values lie in another file, which `externalData` names. */
  dataLocation?: number;
  externalData?: { key?: string; value?: string }[];
}

export interface OnnxValueInfo {
  name: string;
  type?: { tensorType?: { elemType?: number; shape?: { dim?: OnnxDimension[] } } };
}

/** A fixed size or the name of a free one. */
export interface OnnxDimension {
  dimValue?: number;
  dimParam?: string;
}

/** TensorProto.DataType */
export const dataType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
  float64: 11,
} as const;

/** AttributeProto.AttributeType */
export const attributeType = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;
