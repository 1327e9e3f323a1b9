import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { dataType, type OnnxModel, tensorFloats, writeOnnx } from '../../../src/model/onnx/index.ts';
import { calibrate } from '../../../src/model/quantise/calibrate.ts';
import { narrowWeights } from '../../../src/model/quantise/narrow-weights.ts';
import { planQuantisation } from '../../../src/model/quantise/plan.ts';
import { quantiseNetwork } from '../../../src/model/quantise/quantise-network.ts';
import { indexGraph } from '../../../src/model/surgery/graph-index.ts';
import { imageTensor, testPicture } from '../../../src/model/surgery/test-image.ts';
import { BLOCKS, randomNetwork } from './random-network.ts';

const size = { width: 32, height: 24 };
const pictures = imageTensor([1, 2, 3].map((seed) => testPicture(size, seed)));

async function quantised(model: OnnxModel): Promise<OnnxModel> {
  const plan = planQuantisation(indexGraph(model.graph), 'maps');
  const own = plan.values.filter((value) => !plan.sharing.has(value));
  return quantiseNetwork(model, plan, await calibrate(model, own, [pictures], openOnnx));
}

async function mapsOf(model: OnnxModel): Promise<Float32Array> {
  const session = await openOnnx(writeOnnx(model));
  try {
    return Float32Array.from((await session.run({ image: pictures })).maps!.data as Float32Array);
  } finally {
    await session.close();
  }
}

const kernelsOf = (model: OnnxModel) =>
  model.graph.initializer.filter(({ dataType: type, dims }) => type === dataType.int8 && dims.length === 4);

const scaleOf = (model: OnnxModel, kernel: string) =>
  tensorFloats(model.graph.initializer.find(({ name }) => name === `${kernel}/scale`)!);

/** Products of the largest byte with every two weights that an engine may lay side by side. */
function pairSums(weights: Int8Array, [channels, depth, rows, cols]: readonly number[]): number[] {
  const area = rows! * cols!;
  return Array.from({ length: channels! }).flatMap((_, channel) => {
    const own = weights.subarray(channel * depth! * area, (channel + 1) * depth! * area);
    const channelsLast = own.map((_, i) => own[(i % depth!) * area + Math.floor(i / depth!)]!);
    return [own, channelsLast].flatMap((row) => Array.from(row.slice(1), (next, i) => 255 * (row[i]! + next)));
  });
}

describe('narrowed weights', () => {
  it('never overflow 16 bits in pairs, and give the maps of the network', async () => {
    const blocks = fc.array(fc.constantFrom(...BLOCKS), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(blocks, fc.integer({ min: 1, max: 1e6 }), async (chosen, seed) => {
        const network = await quantised(randomNetwork(chosen, seed));
        const narrowed = narrowWeights(network);
        for (const { rawData, dims } of kernelsOf(narrowed)) {
          for (const sum of pairSums(new Int8Array(rawData!), dims)) expect(Math.abs(sum)).toBeLessThan(2 ** 15);
        }
        const [exact, rounded] = [await mapsOf(network), await mapsOf(narrowed)];
        const range = Math.max(...exact) - Math.min(...exact);
        const off = exact.map((value, i) => Math.abs(value - rounded[i]!));
        expect(Math.max(...off)).toBeLessThan(0.1 * range);
      }),
      { numRuns: 15, seed: 3 },
    );
  }, 20_000);

  it('change only the channels that would overflow', async () => {
    const network = await quantised(randomNetwork(['depthwise', 'convolution'], 2));
    const narrowed = narrowWeights(network);
    let [changed, kept] = [0, 0];
    for (const kernel of kernelsOf(network)) {
      const after = kernelsOf(narrowed).find(({ name }) => name === kernel.name)!;
      const [weights, narrower] = [new Int8Array(kernel.rawData!), new Int8Array(after.rawData!)];
      const [scales, wider] = [scaleOf(network, kernel.name!), scaleOf(narrowed, kernel.name!)];
      const each = weights.length / kernel.dims[0]!;
      for (const [channel, scale] of scales.entries()) {
        const own = weights.subarray(channel * each, (channel + 1) * each);
        const now = narrower.subarray(channel * each, (channel + 1) * each);
        const overflows = pairSums(own, [1, ...kernel.dims.slice(1)]).some((sum) => Math.abs(sum) > 255 * 128);
        expect(wider[channel]! > scale).toBe(overflows);
        if (overflows) changed++;
        else {
          kept++;
          expect(now).toEqual(own);
        }
        // The weights stay what they were to half of a step.
        for (const [i, weight] of own.entries())
          expect(Math.abs(now[i]! * wider[channel]! - weight * scale)).toBeLessThanOrEqual(0.501 * wider[channel]!);
      }
    }
    expect(changed).toBeGreaterThan(0);
    expect(kept).toBeGreaterThan(0);
  });

  it('leave a network in float as it is', () => {
    const model = randomNetwork(['convolution'], 1);
    expect(narrowWeights(model).graph.initializer).toEqual(model.graph.initializer);
  });
});
