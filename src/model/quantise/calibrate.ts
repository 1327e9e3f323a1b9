import { HeatboxError } from '../../error.ts';
import { dataType, type OnnxModel, type OnnxNode, type OnnxValueInfo, onnxNode, writeOnnx } from '../onnx/index.ts';
import type { OpenOnnx, PlainTensor } from '../run-onnx.ts';
import type { Range } from './rounding.ts';

/**
 * The ranges that values of a network take on pictures. Their extremes are computed in the network's own graph, so that the
 * values themselves, tens of megabytes a picture, need not leave it.
 *
 * @param values Names of float values of the graph.
 * @param batches What the network's only input gets, one after another.
 * @throws HeatboxError `MODEL_UNSUPPORTED` where a value is not float32 or not finite, `NO_IMAGES` without a batch.
 */
export async function measureRanges(
  model: OnnxModel,
  values: readonly string[],
  batches: Iterable<PlainTensor>,
  open: OpenOnnx,
): Promise<Map<string, Range>> {
  const network = await open(writeOnnx(withExtremes(model, values)));
  const input = model.graph.input[0]!.name;
  const ranges = new Map<string, Range>();
  try {
    for (const batch of batches) {
      const outputs = await network.run({ [input]: batch });
      for (const value of values) {
        const least = extreme(value, outputs[leastOf(value)]!);
        const most = extreme(value, outputs[mostOf(value)]!);
        const { min, max } = ranges.get(value) ?? { min: least, max: most };
        ranges.set(value, { min: Math.min(min, least), max: Math.max(max, most) });
      }
    }
  } finally {
    await network.close();
  }
  if (values.length > 0 && ranges.size === 0) {
    throw new HeatboxError('NO_IMAGES', 'there is no picture to calibrate on', { kind: 'usage' });
  }
  return ranges;
}

const leastOf = (value: string) => `${value}/least`;
const mostOf = (value: string) => `${value}/most`;

/** The network with the extremes of values as outputs, and without its own, which only cost memory. */
function withExtremes(model: OnnxModel, values: readonly string[]): OnnxModel {
  const { graph } = model;
  const reductions = values.flatMap((value): OnnxNode[] => [
    onnxNode('ReduceMin', [value], [leastOf(value)], { keepdims: 0 }),
    onnxNode('ReduceMax', [value], [mostOf(value)], { keepdims: 0 }),
  ]);
  const output = reductions.map(
    (node): OnnxValueInfo => ({
      name: node.output[0]!,
      type: { tensorType: { elemType: dataType.float32, shape: { dim: [] } } },
    }),
  );
  return { ...model, graph: { ...graph, node: [...graph.node, ...reductions], output } };
}

function extreme(value: string, { type, data }: PlainTensor): number {
  const number = Number(data[0]);
  if (type === 'float32' && Number.isFinite(number)) return number;
  throw new HeatboxError('MODEL_UNSUPPORTED', `the value '${value}' of the network is ${type} ${number}`, {
    value,
    kind: 'usage',
    hint: 'Networks that compute in float32, and stay finite, can be quantised.',
  });
}
