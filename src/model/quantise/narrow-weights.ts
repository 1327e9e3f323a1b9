import {
  dataType,
  float32Tensor,
  int8Tensor,
  int32Tensor,
  type OnnxModel,
  type OnnxTensor,
  tensorFloats,
} from '../onnx/index.ts';
import { type GraphIndex, indexGraph } from '../surgery/graph-index.ts';

/** 16 bits hold `255 · (a + b)` up to this sum of two neighbouring weights. */
const LARGEST_PAIR = 128;

/**
 * Narrows the weights of an 8-bit network just enough that CPUs without byte dot products add them exactly. Those CPUs (x86
 * before VNNI) multiply unsigned by signed bytes and add the products of two neighbours in 16 bits, which overflow beyond
 * 255 · 128. Output channels with such a pair are rescaled, at most to 7 bits; all others stay as they are.
 *
 * @param model In the form of `quantiseNetwork`: each convolution reads its weights and its bias from a DequantizeLinear.
 * @returns The network with its kernels, biases and their scales replaced; all other tensors are shared with `model`.
 */
export function narrowWeights(model: OnnxModel): OnnxModel {
  const index = indexGraph(model.graph);
  const stored = new Map(model.graph.initializer.map((tensor) => [tensor.name!, tensor]));
  const replaced = new Map<string, OnnxTensor>();
  for (const { opType, input } of model.graph.node) {
    if (opType !== 'Conv') continue;
    const kernel = dequantised(index, stored, input[1]);
    if (kernel?.values.dataType !== dataType.int8 || kernel.scale.dims.length !== 1) continue;
    const factors = factorsOf(int8Of(kernel.values), kernel.values.dims);
    if (factors.every((factor) => factor === 1)) continue;
    replace(kernel, factors, int8Of(kernel.values), (name, dims, data) => int8Tensor(name, dims, Int8Array.from(data)));
    const bias = dequantised(index, stored, input[2]);
    if (bias?.values.dataType !== dataType.int32) continue;
    replace(bias, factors, int32Of(bias.values), int32Tensor);
  }
  const initializer = model.graph.initializer.map((tensor) => replaced.get(tensor.name!) ?? tensor);
  return { ...model, graph: { ...model.graph, initializer } };

  /** Scales each output channel by its factor, and its scale by the inverse. */
  function replace(
    { values, scale }: Dequantised,
    factors: readonly number[],
    data: Int8Array | Int32Array,
    make: (name: string, dims: readonly number[], data: number[]) => OnnxTensor,
  ): void {
    const each = data.length / factors.length;
    const narrowed = Array.from(data, (value, i) => Math.round(value * factors[Math.floor(i / each)]!));
    const scales = tensorFloats(scale).map((one, channel) => one / factors[channel]!);
    replaced.set(values.name!, make(values.name!, values.dims, narrowed));
    replaced.set(scale.name!, float32Tensor(scale.name!, scale.dims, scales));
  }
}

interface Dequantised {
  readonly values: OnnxTensor;
  readonly scale: OnnxTensor;
}

/** The stored integers, and their scales, from which a DequantizeLinear makes a value. */
function dequantised(
  index: GraphIndex,
  stored: ReadonlyMap<string, OnnxTensor>,
  value: string | undefined,
): Dequantised | undefined {
  const node = value ? index.producer(value) : undefined;
  if (node?.opType !== 'DequantizeLinear') return undefined;
  const [values, scale] = node.input.map((name) => stored.get(name));
  return values && scale && { values, scale };
}

/** What each output channel is multiplied by: 1, or less where two of its neighbours add up to too much. */
function factorsOf(kernel: Int8Array, [channels, depth, ...window]: readonly number[]): number[] {
  const area = window.reduce((product, side) => product * side, 1);
  const each = depth! * area;
  return Array.from({ length: channels! }, (_, channel) => {
    const own = kernel.subarray(channel * each, (channel + 1) * each);
    // Engines lay a kernel out by position, then input channel, or the other way round.
    const byPosition = (i: number) => own[(i % depth!) * area + Math.floor(i / depth!)]!;
    const largest = Math.max(
      largestPair(each, (i) => own[i]!),
      largestPair(each, byPosition),
    );
    // Rounding adds at most one half to each of the two.
    return largest > LARGEST_PAIR ? (LARGEST_PAIR - 1) / largest : 1;
  });
}

/** The largest magnitude of a sum of two neighbours. */
function largestPair(length: number, at: (i: number) => number): number {
  let largest = 0;
  for (let i = 1; i < length; i++) largest = Math.max(largest, Math.abs(at(i - 1) + at(i)));
  return largest;
}

function int8Of({ rawData }: OnnxTensor): Int8Array {
  return new Int8Array(rawData!.buffer, rawData!.byteOffset, rawData!.byteLength);
}

function int32Of({ rawData }: OnnxTensor): Int32Array {
  const bytes = Uint8Array.from(rawData!);
  return new Int32Array(bytes.buffer);
}
