import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localiseMaps } from '../../src/cam/localise-maps.ts';
import { addModels } from '../../src/cli/commands/models.ts';
import { openOnnx } from '../../src/inference/sessions/open-onnx.ts';
import { loadModel, type Model, type OnnxRun } from '../../src/model/index.ts';
import type { Box } from '../../src/types.ts';
import { evaluationMaterial } from '../support/shared.ts';

const network = evaluationMaterial('data/models/mobilenet_edgetpu_224.onnx');

/** Where the animals are in the fixtures, by eye. */
const animals = [
  { image: 'squirrel', width: 224, height: 224, wnid: 'n02356798', object: [58, 55, 166, 192] },
  { image: 'baboon', width: 224, height: 224, wnid: 'n02486410', object: [0, 0, 224, 224] },
  { image: 'cockatoo', width: 384, height: 224, wnid: 'n01819313', object: [138, 0, 345, 224] },
] as const;

describe.skipIf(network === undefined)('MobileNetEdgeTPU, added with one command', () => {
  let home: string;
  let model: Model;
  let session: OnnxRun;
  const saved = process.env.XDG_DATA_HOME;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'heatbox-edgetpu-'));
    process.env.XDG_DATA_HOME = home;
    const program = new Command().exitOverride();
    addModels(program);
    await program.parseAsync(['models', 'add', network!, '--labels', 'imagenet', '--preprocess', 'tf'], {
      from: 'user',
    });
    model = await loadModel('mobilenet_edgetpu_224');
    session = await openOnnx(await readFile(model.networkPath));
  });
  afterAll(async () => {
    await session.close();
    if (saved === undefined) delete process.env.XDG_DATA_HOME;
    else process.env.XDG_DATA_HOME = saved;
    await rm(home, { recursive: true });
  });

  it('has the background before the classes of ImageNet', () => {
    expect(model.manifest).toMatchObject({ classCount: 1001, stride: 32, input: { multipleOf: 32 } });
    expect(model.labels[0]!.name).toBe('background');
    expect(model.labels[90]).toMatchObject({ index: 90, wnid: 'n01819313', name: 'sulphur-crested cockatoo' });
  });

  it.each(animals)('puts its box on the $image, and names it', async ({ image, width, height, wnid, object }) => {
    const data = await readFile(join(import.meta.dirname, `../fixtures/parity/${image}.${width}x${height}.rgb`));
    const outputs = await session.run({
      image: { type: 'uint8', dims: [1, height, width, 3], data: new Uint8Array(data) },
    });
    const [, classCount, rows, cols] = outputs.maps!.dims as [number, number, number, number];
    const [best] = localiseMaps(
      {
        classCount,
        rows,
        cols,
        logits: outputs.logits!.data as Float32Array,
        maps: outputs.maps!.data as Float32Array,
      },
      { display: { width, height }, grid: { width, height }, topK: 1, minScore: 0, threshold: 0.4 },
    );
    expect(model.labels[best!.classIndex]!.wnid).toBe(wnid);
    // On the animal: almost all of the box, and a good part of the animal.
    expect(shared(best!.box, object) / area(best!.box)).toBeGreaterThan(0.9);
    expect(shared(best!.box, object) / area(object)).toBeGreaterThan(0.35);
  });
});

function area([x0, y0, x1, y1]: Box): number {
  return Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
}

function shared(a: Box, b: Box): number {
  return area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
}
