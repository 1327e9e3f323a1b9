import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { type OnnxModel, readOnnx, writeOnnx } from '../../../src/model/onnx/index.ts';
import { calibrate, measureExtremes } from '../../../src/model/quantise/calibrate.ts';
import { planQuantisation } from '../../../src/model/quantise/plan.ts';
import { quantiseNetwork } from '../../../src/model/quantise/quantise-network.ts';
import type { OpenOnnx } from '../../../src/model/run-onnx.ts';
import { indexGraph } from '../../../src/model/surgery/graph-index.ts';
import { imageTensor, testPicture } from '../../../src/model/surgery/test-image.ts';
import { BLOCKS, randomNetwork } from './random-network.ts';

const size = { width: 32, height: 24 };
const pictures = imageTensor([1, 2, 3, 4].map((seed) => testPicture(size, seed)));

async function quantised(model: OnnxModel, open: OpenOnnx = openOnnx) {
  const plan = planQuantisation(indexGraph(model.graph), 'maps');
  const own = plan.values.filter((value) => !plan.sharing.has(value));
  return { plan, network: quantiseNetwork(model, plan, await calibrate(model, own, [pictures], open)) };
}

async function mapsOf(model: OnnxModel, open: OpenOnnx): Promise<Float32Array> {
  const session = await open(writeOnnx(model));
  try {
    return Float32Array.from((await session.run({ image: pictures })).maps!.data as Float32Array);
  } finally {
    await session.close();
  }
}

/** Root mean square of the differences over the standard deviation. */
function difference(rounded: Float32Array, exact: Float32Array): number {
  const mean = exact.reduce((sum, value) => sum + value, 0) / exact.length;
  const squares = exact.reduce((sum, value, i) => sum + (value - rounded[i]!) ** 2, 0);
  return Math.sqrt(squares / exact.reduce((sum, value) => sum + (value - mean) ** 2, 0));
}

describe('a quantised network', () => {
  it.each<[string, OpenOnnx]>([
    ['this CPU', (network) => openOnnx(network)],
    ['a CPU without dot products', (network) => openOnnx(network, 'no')],
  ])('gives the maps of the float network on %s, whatever it is made of', { timeout: 20_000 }, async (_cpu, open) => {
    const blocks = fc.array(fc.constantFrom(...BLOCKS), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(blocks, fc.integer({ min: 1, max: 1e6 }), async (chosen, seed) => {
        const model = randomNetwork(chosen, seed);
        const { network } = await quantised(model, open);
        // Each rounding adds noise of a quarter of a percent of the range or so; six blocks have up to twenty.
        expect(difference(await mapsOf(network, open), await mapsOf(model, open))).toBeLessThan(0.1);
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('keeps the names of its values, and its inputs and outputs', async () => {
    const model = randomNetwork(['residual', 'pool', 'concat'], 3);
    const { network } = await quantised(model);
    const names = new Set(network.graph.node.flatMap(({ output }) => output));
    for (const { opType, output } of model.graph.node) {
      if (opType !== 'Cast' || output[0] === 'bytes') expect(names).toContain(output[0]);
    }
    expect(network.graph.input).toEqual(model.graph.input);
    expect(network.graph.output).toEqual(model.graph.output);
  });

  it('is computed in 8 bits by the engine, but for the layer that gives the maps', async () => {
    const model = randomNetwork(['convolution', 'clipped', 'depthwise', 'residual', 'pool', 'strided', 'concat'], 5);
    const { network, plan } = await quantised(model);
    expect(plan.convolutions.size).toBe(model.graph.node.filter(({ opType }) => opType === 'Conv').length - 1);
    const folder = mkdtempSync(join(tmpdir(), 'heatbox-optimised-'));
    try {
      const path = join(folder, 'optimised.onnx');
      const options = { graphOptimizationLevel: 'all', optimizedModelFilePath: path, logSeverityLevel: 4 } as const;
      await (await InferenceSession.create(writeOnnx(network), options)).release();
      const types = readOnnx(readFileSync(path)).graph.node.map(({ opType }) => opType);
      const count = (type: string) => types.filter((one) => one === type).length;
      expect(count('QLinearConv')).toBe(plan.convolutions.size);
      expect(count('QLinearAdd')).toBe(1);
      expect(count('QLinearConcat')).toBe(1);
      expect(count('Conv') + count('FusedConv')).toBe(1);
      expect(count('Relu') + count('Clip')).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('stores each weight in a byte', async () => {
    const model = randomNetwork(['convolution', 'residual'], 1);
    const { network } = await quantised(model);
    const kernels = network.graph.initializer.filter(({ name }) => name!.endsWith('/kernel'));
    expect(kernels).toEqual([]);
    expect(network.graph.initializer.filter(({ dataType, dims }) => dataType === 3 && dims.length === 4)).toHaveLength(
      4,
    );
  });
});

describe('calibration', () => {
  it('finds the smallest and largest values over all batches', async () => {
    const model = randomNetwork(['convolution'], 2);
    const batches = [1, 2, 3].map((seed) => imageTensor([testPicture(size, seed)]));
    const ranges = await measureExtremes(model, ['planes', 'v1'], batches, openOnnx);
    const session = await openOnnx(
      writeOnnx({ ...model, graph: { ...model.graph, output: [{ name: 'planes' }, { name: 'v1' }] } }),
    );
    const seen: Record<string, number[]> = { planes: [], v1: [] };
    for (const image of batches) {
      const outputs = await session.run({ image });
      for (const name of ['planes', 'v1']) seen[name]!.push(...(outputs[name]!.data as Float32Array));
    }
    await session.close();
    for (const name of ['planes', 'v1']) {
      expect(ranges.get(name)).toEqual({ min: Math.min(...seen[name]!), max: Math.max(...seen[name]!) });
    }
  });

  it('refuses to go on without a picture', async () => {
    const model = randomNetwork(['convolution'], 2);
    await expect(measureExtremes(model, ['planes'], [], openOnnx)).rejects.toMatchObject({ code: 'NO_IMAGES' });
  });
});
