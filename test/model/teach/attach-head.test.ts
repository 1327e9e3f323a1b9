import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { softmax } from '../../../src/cam/softmax.ts';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { loadModel } from '../../../src/model/load-model.ts';
import type { Model } from '../../../src/model/model.ts';
import { readOnnx, writeOnnx } from '../../../src/model/onnx/index.ts';
import { quantiseModel } from '../../../src/model/quantise/quantise-model.ts';
import { attachHead } from '../../../src/model/teach/attach-head.ts';
import type { Head } from '../../../src/model/teach/head.ts';
import { NO_CLASS, writeTaught } from '../../../src/model/teach/write-taught.ts';
import { refinable } from '../../../src/model/variants/index.ts';
import { scratch } from '../../support/heatbox.ts';
import { COLOURS, writeTinyModel } from '../../support/tiny-model.ts';

const space = scratch();
afterAll(space.remove);

/** Yellow, by red and green. */
const head: Head = {
  channels: 3,
  classCount: 1,
  maps: Float32Array.of(1, 1, -1),
  weights: Float32Array.of(0.5, 0.5, -0.5),
  bias: Float32Array.of(-9),
};
const names = { maps: 'maps', logits: 'logits' };
let trunk: Model;

beforeAll(async () => {
  const dir = writeTinyModel(space.path('tiny-colours'));
  trunk = await loadModel(dir);
});

async function run(model: ReturnType<typeof readOnnx>) {
  const session = await openOnnx(writeOnnx(model));
  const image = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => [200, 160, 20][at % 3]!);
  const outputs = await session.run({ image: { type: 'uint8', dims: [1, 16, 16, 3], data: image } });
  await session.close();
  const floats = (name: string) => outputs[name] && Float32Array.from(outputs[name].data as Float32Array);
  return { logits: floats('logits')!, maps: floats('maps'), dims: outputs.maps?.dims };
}

const network = () => readOnnx(readFileSync(trunk.networkPath));
const score = 0.5 * (Math.sqrt(200) + Math.sqrt(160) - Math.sqrt(20)) - 9;

describe('a head on the network of another model', () => {
  it('takes the place of its classes', async () => {
    const { logits, maps, dims } = await run(attachHead(network(), head, { ...names, keepClasses: false }));
    expect(logits[0]).toBeCloseTo(score, 4);
    expect(dims).toEqual([1, 1, 2, 2]);
    expect([...maps!]).toEqual([340, 340, 340, 340]);
  });

  it('goes after its classes, as probable as it is against a background', async () => {
    const own = await run(network());
    const { logits, dims } = await run(attachHead(network(), head, { ...names, keepClasses: true }));
    expect(dims).toEqual([1, COLOURS.length + 1, 2, 2]);
    expect([...logits.subarray(0, COLOURS.length)]).toEqual([...own.logits]);
    expect(softmax(logits)[COLOURS.length]).toBeCloseTo(1 / (1 + Math.exp(-score)), 4);
  });

  it('needs no maps of all classes where features tell them', () => {
    const attached = attachHead(readOnnx(readFileSync(shipped.networkPath)), wide, { ...names, keepClasses: false });
    const { model, weights } = refinable(attached, 'maps')!;
    expect(model.graph.output.map(({ name }) => name)).not.toContain('maps');
    expect(weights).toEqual({ channels: 2048, data: wide.maps });
  });

  it('is refused by a network of other channels', () => {
    expect(() => attachHead(network(), wide, { ...names, keepClasses: false })).toThrow(
      expect.objectContaining({ code: 'TEACH_NO_POOLING' }),
    );
  });
});

const shipped = await loadModel();
const wide: Head = {
  channels: 2048,
  classCount: 1,
  maps: new Float32Array(2048).fill(1),
  weights: new Float32Array(2048),
  bias: new Float32Array(1),
};

describe('the folder of a taught model', () => {
  const write = (keepClasses: boolean, replace = false) => {
    const named = (name: string, index: number) => ({ index, wnid: '', name, names: [name] });
    const labels = keepClasses ? [...shipped.labels, named('parcel', 1000)] : ['parcel', NO_CLASS].map(named);
    const parts = { name: 'parcels', trunk: shipped, head: wide, labels, keepClasses, pictures: 5 };
    return writeTaught(space.path('parcels'), parts, replace);
  };

  it('shares the files of the model it was taught on', async () => {
    await write(false);
    const model = await loadModel(space.path('parcels'));
    expect(model.networkPath).toBe(shipped.networkPath);
    expect(model.int8Path).toBe(shipped.int8Path);
    expect(model.outlinePath).toBe(shipped.outlinePath);
    expect(model.labels.map(({ name }) => name)).toEqual(['parcel', 'none']);
    expect(model.manifest.classCount).toBe(2);
  });

  it('is not quantised, since its trunk is', async () => {
    const model = await loadModel(space.path('parcels'));
    await expect(quantiseModel(model, [], openOnnx)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' });
  });

  it('is replaced only if that was asked for', async () => {
    await expect(write(true)).rejects.toMatchObject({ code: 'MODEL_EXISTS' });
    await write(true, true);
    expect((await loadModel(space.path('parcels'))).labels).toHaveLength(1001);
  });

  it('does not load with another version of that model', async () => {
    const path = join(space.path('parcels'), 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.trunk.sha256 = '0'.repeat(64);
    writeFileSync(path, JSON.stringify(manifest));
    await expect(loadModel(space.path('parcels'))).rejects.toMatchObject({ code: 'MODEL_DAMAGED' });
  });
});
