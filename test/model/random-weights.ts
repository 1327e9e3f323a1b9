import { randomFrom } from '../../bench/random.ts';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../../src/model/onnx/index.ts';
import { float32Tensor } from '../../src/model/onnx/tensor.ts';

/** The same numbers for the same seed: uniform in [0, 1). */
export const seeded = randomFrom;

/**
 * A network with random weights in place of its constant ones: those filled by `ConstantOfShape` and float initialisers.
 * Their spread is chosen by what reads them, so that activations stay of one size through a deep network.
 */
export function withRandomWeights(model: OnnxModel, seed: number): OnnxModel {
  const random = seeded(seed);
  const { graph } = model;
  const shapes = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const replaced = new Map<string, number[]>();
  const node = graph.node.filter((candidate) => {
    if (candidate.opType !== 'ConstantOfShape') return true;
    replaced.set(candidate.output[0]!, integers(shapes.get(candidate.input[0]!)!));
    return false;
  });
  for (const tensor of graph.initializer) if (tensor.dataType === 1) replaced.set(tensor.name!, tensor.dims);
  const initializer = graph.initializer.filter((tensor) => !replaced.has(tensor.name!));
  for (const name of replaced.keys()) if (!node.some(({ input }) => input.includes(name))) replaced.delete(name);
  for (const [name, dims] of replaced) initializer.push(weight(name, dims, { ...graph, node }, random));
  return {
    ...model,
    irVersion: 4,
    graph: { ...graph, node, initializer, input: graph.input.filter(({ name }) => !shapes.has(name)) },
  };
}

function weight(name: string, dims: number[], graph: OnnxGraph, random: () => number): OnnxTensor {
  const [reader, position] = readerOf(name, graph);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const around = (centre: number, spread: number) =>
    Float32Array.from({ length: count }, () => centre + spread * normal(random));
  if (reader.opType === 'BatchNormalization') {
    if (position === 4)
      return float32Tensor(
        name,
        dims,
        Float32Array.from({ length: count }, () => 0.5 + random()),
      );
    return float32Tensor(name, dims, position === 1 ? around(1, 0.2) : around(0, 0.2));
  }
  if (reader.opType === 'Mul') return float32Tensor(name, dims, around(1, 0.2));
  if (dims.length >= 2 && position === 1) {
    const fanIn = count / dims[0]!;
    return float32Tensor(name, dims, around(0, Math.sqrt(2 / fanIn)));
  }
  return float32Tensor(name, dims, around(0, 0.1));
}

/** The operator that takes the weight in, past reshapes. */
function readerOf(name: string, graph: OnnxGraph): [OnnxNode, number] {
  const node = graph.node.find((candidate) => candidate.input.includes(name))!;
  if (['Unsqueeze', 'Reshape'].includes(node.opType)) return readerOf(node.output[0]!, graph);
  return [node, node.input.indexOf(name)];
}

/** Mean 0 and deviation 1, nearly normal: fast, since some networks have a hundred million weights. */
function normal(random: () => number): number {
  return 2 * (random() + random() + random() - 1.5);
}

function integers({ rawData, int64Data }: OnnxTensor): number[] {
  if (rawData === undefined || rawData.length === 0) return [...(int64Data ?? [])];
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: rawData.byteLength / 8 }, (_, i) => Number(view.getBigInt64(i * 8, true)));
}
