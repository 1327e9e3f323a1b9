import { HeatboxError } from '../../error.ts';
import {
  dataType,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxValueInfo,
  onnxNode,
  writeOnnx,
} from '../onnx/index.ts';
import type { OpenOnnx, PlainTensor } from '../run-onnx.ts';
import { addToHistogram, bestRange, newHistogram } from './clipping.ts';
import type { Range } from './rounding.ts';

/**
 * The ranges in which values of a network are best rounded to bytes, by what they are on pictures. The network runs twice
 * over each batch: for the extremes, and for how the values are spread between them.
 *
 * @param values Names of float values of the graph.
 * @param batches What the network's only input gets. All values of one batch are in memory at once.
 * @throws HeatboxError `MODEL_UNSUPPORTED` where a value is not float32 or not finite, `NO_IMAGES` without a batch.
 */
export async function calibrate(
  model: OnnxModel,
  values: readonly string[],
  batches: readonly PlainTensor[],
  open: OpenOnnx,
): Promise<Map<string, Range>> {
  const extremes = await measureExtremes(model, values, batches, open);
  const histograms = new Map(values.map((value) => [value, newHistogram(extremes.get(value)!)]));
  await runAll(withOutputs(model.graph, values), model, batches, open, (outputs) => {
    for (const [value, histogram] of histograms) addToHistogram(histogram, outputs[value]!.data as Float32Array);
  });
  return new Map([...histograms].map(([value, histogram]) => [value, bestRange(histogram)]));
}

/** The smallest and the largest of each value, zero among them; computed in the graph. Throws as `calibrate` does. */
export async function measureExtremes(
  model: OnnxModel,
  values: readonly string[],
  batches: readonly PlainTensor[],
  open: OpenOnnx,
): Promise<Map<string, Range>> {
  if (batches.length === 0) {
    throw new HeatboxError('NO_IMAGES', 'there is no picture to calibrate on', { kind: 'usage' });
  }
  const ranges = new Map<string, Range>(values.map((value) => [value, { min: 0, max: 0 }]));
  const least = (value: string) => `${value}/least`;
  const most = (value: string) => `${value}/most`;
  const reductions = values.flatMap((value): OnnxNode[] => [
    onnxNode('ReduceMin', [value], [least(value)], { keepdims: 0 }),
    onnxNode('ReduceMax', [value], [most(value)], { keepdims: 0 }),
  ]);
  const { graph } = model;
  const reduced = withOutputs(
    { ...graph, node: [...graph.node, ...reductions] },
    reductions.map(({ output }) => output[0]!),
  );
  await runAll(reduced, model, batches, open, (outputs) => {
    for (const [value, { min, max }] of ranges) {
      ranges.set(value, {
        min: Math.min(min, numberOf(value, outputs[least(value)]!)),
        max: Math.max(max, numberOf(value, outputs[most(value)]!)),
      });
    }
  });
  return ranges;
}

async function runAll(
  graph: OnnxGraph,
  model: OnnxModel,
  batches: readonly PlainTensor[],
  open: OpenOnnx,
  see: (outputs: Readonly<Record<string, PlainTensor>>) => void,
): Promise<void> {
  const network = await open(writeOnnx({ ...model, graph }));
  try {
    for (const batch of batches) see(await network.run({ [graph.input[0]!.name]: batch }));
  } finally {
    await network.close();
  }
}

/** Its own outputs, which are not looked at, would only cost memory. */
function withOutputs(graph: OnnxGraph, names: readonly string[]): OnnxGraph {
  const type = { tensorType: { elemType: dataType.float32 } };
  return { ...graph, output: names.map((name): OnnxValueInfo => ({ name, type })) };
}

function numberOf(value: string, { type, data }: PlainTensor): number {
  const number = Number(data[0]);
  if (type === 'float32' && Number.isFinite(number)) return number;
  throw new HeatboxError('MODEL_UNSUPPORTED', `the value '${value}' of the network is ${type} ${number}`, {
    value,
    kind: 'usage',
    hint: 'Networks that compute in float32, and stay finite, can be quantised.',
  });
}
