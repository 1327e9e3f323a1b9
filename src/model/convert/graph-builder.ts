import { type AttributeValue, type OnnxNode, type OnnxTensor, onnxNode } from '../onnx/index.ts';
import { float16Tensor, float32Tensor, int64Tensor } from '../onnx/tensor.ts';

/** What a layer hands to the next: a value of the ONNX graph, and what is known of it. */
export interface Value {
  /** `[N, channels, H, W]`, or `[N, channels]` once pooled. */
  readonly name: string;
  readonly channels: number;
  /** Zeros that are still to be put around it: the next convolution takes them over. `[top, left, bottom, right]`. */
  readonly pads?: Pads;
  /** Whether it cannot be below zero, so that a zero border does not change a maximum. */
  readonly nonNegative?: boolean;
  /** Set by global pooling, which is not in the graph yet: the maps that are to be pooled, which the CAM head reads. */
  readonly pooledFrom?: PooledValue;
}

/** Maps to be pooled, and what a batch norm does to their means, a number each channel. */
export interface PooledValue extends Value {
  readonly scale?: Float64Array;
  readonly shift?: Float64Array;
}

export type Pads = readonly [top: number, left: number, bottom: number, right: number];

/** Collects the nodes and weights of an ONNX graph. */
export interface GraphBuilder {
  readonly nodes: OnnxNode[];
  readonly initializers: OnnxTensor[];
  /** Adds a node with one output and returns the output's name, which is `name`. */
  node(
    opType: string,
    inputs: readonly string[],
    name: string,
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): string;
  /** Adds a float32 constant. */
  constant(name: string, dims: readonly number[], values: ArrayLike<number>): string;
  /** Adds an int64 constant. */
  integers(name: string, values: readonly number[]): string;
  /**
   * Adds a large weight, stored as float16 with a Cast behind it (float32 where a value is beyond float16's ±65504). The
   * runtime computes the Cast once, when it loads the graph.
   */
  weight(name: string, dims: readonly number[], values: Float32Array): string;
}

export function graphBuilder(): GraphBuilder {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const builder: GraphBuilder = {
    nodes,
    initializers,
    node(opType, inputs, name, attributes) {
      nodes.push(onnxNode(opType, inputs, [name], attributes));
      return name;
    },
    constant(name, dims, values) {
      initializers.push(float32Tensor(name, dims, values));
      return name;
    },
    integers(name, values) {
      initializers.push(int64Tensor(name, [values.length], values));
      return name;
    },
    weight(name, dims, values) {
      if (values.some((value) => Math.abs(value) > 65504)) return builder.constant(name, dims, values);
      initializers.push(float16Tensor(`${name}/half`, dims, values));
      return builder.node('Cast', [`${name}/half`], name, { to: 1 });
    },
  };
  return builder;
}
