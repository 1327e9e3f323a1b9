import { dataType, type OnnxModel, type OnnxValueInfo, onnxNode, writeOnnx } from '../onnx/index.ts';
import type { OpenOnnx, PlainTensor } from '../run-onnx.ts';
import { unfit } from './refusal.ts';

/** What values of a network are when it runs once. */
export interface Probe {
  /** Shape of every value asked for. */
  shape(value: string): readonly number[] | undefined;
  /** Values of every weight asked for, as float32. */
  weight(value: string): { readonly dims: readonly number[]; readonly data: Float32Array } | undefined;
}

/**
 * Runs a network once and looks at values inside: the engine is the one authority on shapes and folded weights, for
 * every operator there is, where a shape inference of our own would know some.
 *
 * @param feeds - the network's inputs.
 * @param shapes - values whose shapes are wanted.
 * @param weights - values, independent of the input, that are wanted themselves; they are cast to float32.
 * @throws HeatboxError `MODEL_UNSUPPORTED` when the engine cannot load or run the network.
 */
export async function probe(
  model: OnnxModel,
  feeds: Readonly<Record<string, PlainTensor>>,
  { shapes, weights }: { shapes: Iterable<string>; weights: Iterable<string> },
  open: OpenOnnx,
): Promise<Probe> {
  const taps = [
    ...[...new Set(shapes)].map((value, i) => ({ value, name: `heatbox/shape/${i}`, op: 'Shape' })),
    ...[...new Set(weights)].map((value, i) => ({ value, name: `heatbox/weight/${i}`, op: 'Cast' })),
  ];
  const nodes = taps.map(({ value, name, op }) =>
    onnxNode(op, [value], [name], op === 'Cast' ? { to: dataType.float32 } : {}),
  );
  const outputs = taps.map(
    ({ name, op }): OnnxValueInfo => ({
      name,
      type: { tensorType: { elemType: op === 'Cast' ? dataType.float32 : dataType.int64 } },
    }),
  );
  const tapped: OnnxModel = {
    ...model,
    graph: { ...model.graph, node: [...model.graph.node, ...nodes], output: outputs, valueInfo: [] },
  };
  const results = await runOnce(tapped, feeds, open);
  const named = new Map(taps.map(({ value, name, op }) => [`${op} ${value}`, results[name]]));
  return {
    shape: (value) => {
      const tensor = named.get(`Shape ${value}`);
      return tensor && Array.from(tensor.data as ArrayLike<number | bigint>, Number);
    },
    weight: (value) => {
      const tensor = named.get(`Cast ${value}`);
      return tensor && { dims: tensor.dims, data: Float32Array.from(tensor.data as ArrayLike<number>) };
    },
  };
}

async function runOnce(model: OnnxModel, feeds: Readonly<Record<string, PlainTensor>>, open: OpenOnnx) {
  try {
    const session = await open(writeOnnx(model));
    try {
      return await session.run(feeds);
    } finally {
      await session.close();
    }
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0];
    throw unfit(
      `the engine fails on it: ${reason}`,
      'Export it again, for opset 13 or later, with plain ONNX operators.',
      undefined,
      cause,
    );
  }
}
