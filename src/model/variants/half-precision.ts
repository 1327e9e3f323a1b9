import { dataType, float16Tensor, type OnnxModel, type OnnxNode, onnxNode, tensorFloats } from '../onnx/index.ts';

/** Inputs that ONNX wants as float32 whatever the type of the maps is, by operator: the sizes of a `Resize`. */
const staysSingle: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2], Upsample: [1] };

const HALF_LIMIT = 65504;

/**
 * The network computed in half precision, which GPUs do faster than single: weights, activations and maps are float16,
 * the outputs are cast back. What it takes and gives keeps its names and types.
 *
 * @returns nothing where a constant is beyond the range of float16, or where the graph has graphs inside of it.
 */
export function halfPrecision(model: OnnxModel): OnnxModel | undefined {
  const { graph } = model;
  const single = new Set(
    graph.node.flatMap(({ opType, input }) => (staysSingle[opType] ?? []).map((position) => input[position]!)),
  );
  if (graph.node.some(({ attribute }) => attribute.some(({ g }) => g !== undefined && g !== null))) return undefined;
  const floats = graph.initializer.filter(({ dataType: type }) => type === dataType.float32);
  if (floats.some((tensor) => tensorFloats(tensor).some((value) => Math.abs(value) > HALF_LIMIT))) return undefined;

  const outputs = new Map(
    graph.output
      .filter(({ type }) => type?.tensorType?.elemType === dataType.float32)
      .map(({ name }) => [name, `${name}/half`]),
  );
  const renamed = (name: string) => outputs.get(name) ?? name;
  const node = graph.node.map((one) => {
    const inner = { ...one, input: one.input.map(renamed), output: one.output.map(renamed) };
    return one.output.some((name) => single.has(name)) ? inner : inHalf(inner);
  });
  // A node may have been named after the output already.
  const casts = [...outputs].map(([name, half]) => ({
    ...onnxNode('Cast', [half], [name], { to: dataType.float32 }),
    name: `${name}/single`,
  }));
  const initializer = graph.initializer.map((tensor) =>
    floats.includes(tensor) && !single.has(tensor.name!)
      ? float16Tensor(tensor.name!, tensor.dims, tensorFloats(tensor))
      : tensor,
  );
  return { ...model, graph: { ...graph, node: [...node, ...casts], initializer, valueInfo: [] } };
}

/** What makes float32 makes float16: casts and constants. */
function inHalf(node: OnnxNode): OnnxNode {
  const attribute = node.attribute.map((one) => {
    if (node.opType === 'Cast' && one.name === 'to' && one.i === dataType.float32)
      return { ...one, i: dataType.float16 };
    if (one.name === 'value' && one.t?.dataType === dataType.float32)
      return { ...one, t: float16Tensor(one.t.name ?? '', one.t.dims, tensorFloats(one.t)) };
    return one;
  });
  return { ...node, attribute };
}
