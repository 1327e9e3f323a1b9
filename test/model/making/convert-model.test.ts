import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { loadModel } from '../../../src/model/index.ts';
import { addModel, convertModel, inspectModel } from '../../../src/model/making/index.ts';
import { type TestLayer, writeKeras } from '../convert/keras.ts';

const open = openOnnx;
let work: string;
let saved: NodeJS.ProcessEnv;

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'heatbox-convert-'));
  saved = { ...process.env };
  process.env.XDG_DATA_HOME = join(work, 'data');
  process.env.XDG_CACHE_HOME = join(work, 'cache');
  await writeFile(join(work, 'labels.txt'), 'rust\nmildew\n');
});
afterEach(async () => {
  process.env = saved;
  await rm(work, { recursive: true, force: true });
});

describe('converting a layers model', () => {
  it('makes a model folder that is loaded like any other', async () => {
    const { model, notes, cam } = await convertModel(await leaves(), options());
    expect(notes).toEqual([]);
    expect(model).toEqual(await loadModel(join(work, 'out')));
    expect((await readdir(model.dir)).sort()).toEqual(['labels.json', 'manifest.json', 'model.onnx']);
    expect(model.labels.map(({ name }) => name)).toEqual(['rust', 'mildew']);
    expect(cam).toMatchObject({ pooling: 'gap', stride: 4, fixed: { size: false, batch: false } });
    expect(model.manifest).toMatchObject({
      name: 'leaves',
      stride: 4,
      classCount: 2,
      input: { multipleOf: 4, defaultArea: 24 * 32, preprocessing: 'inside the graph: RGB, bytes to -1…1' },
    });
  });

  it('is the same as adding it', async () => {
    const file = await leaves();
    const { model } = await convertModel(file, options());
    const { model: added } = await addModel(file, { open, labels: join(work, 'labels.txt'), preprocess: 'tf' });
    expect(added.name).toBe('leaves');
    expect(await readFile(added.networkPath)).toEqual(await readFile(model.networkPath));
  });

  it('takes the folder of model.json, with or without a manifest', async () => {
    const folder = dirname(await leaves());
    await convertModel(folder, options());
    const { manifest } = await inspectModel(folder, { open, preprocess: 'caffe' });
    expect(manifest).toMatchObject({ form: 'classifier', files: { model: { path: 'model.json' } } });
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, name: 'other' }));
    await writeFile(join(folder, 'labels.txt'), 'a\nb\n');
    // Straight from the folder too, made ready on the way.
    const model = await loadModel(folder, { open });
    expect(model).toMatchObject({ name: 'other', labels: [{ name: 'a' }, { name: 'b' }] });
    expect(model.manifest.input.preprocessing).toMatch(/^inside the graph: BGR/);
  });

  it.each<[string, TestLayer[] | undefined, string]>([
    ['resnet50', undefined, "caffe, since of the name 'resnet50'"],
    ['MobileNetV2', undefined, "tf, since of the name 'MobileNetV2'"],
    ['resnet50v2', undefined, "tf, since of the name 'resnet50v2'"],
    ['leaves', undefined, "unit, since it does not scale its input itself, and its name is none of Keras' networks'"],
    [
      'resnet50',
      [{ type: 'Rescaling', name: 'scale', config: { scale: 1 / 255, offset: 0 }, inputs: ['input'] }],
      "raw, since it scales its input itself (Rescaling layer 'scale')",
    ],
  ])('guesses how %s wants its input', async (name, first, guess) => {
    expect((await inspectModel(await leaves(name, first), { open })).guessed).toBe(guess);
  });

  it('says what it guessed', async () => {
    const { preprocess: _, ...guessing } = options();
    expect((await convertModel(await leaves(), guessing)).notes[0]).toMatch(/^The preprocessing was guessed: unit/);
  });

  it.each([
    ['a folder that is there', { again: true }, 'MODEL_EXISTS'],
    ['an ONNX file', { file: 'x.onnx' }, 'MODEL_UNSUPPORTED'],
    [
      'a graph model',
      { edit: '{"format":"graph-model","modelTopology":{"node":[]},"weightsManifest":[]}' },
      'MODEL_UNSUPPORTED',
    ],
    ['JSON of another kind', { edit: '{"name":"package"}' }, 'MODEL_DAMAGED'],
    ['a model whose weights are missing', { lose: 'b.bin' }, 'MODEL_DAMAGED'],
    ['a model without labels', { labels: undefined }, 'LABELS_MISSING'],
  ])('refuses %s, and writes nothing', async (_, change: Record<string, unknown>, code) => {
    const file = change.file === undefined ? await leaves() : join(work, String(change.file));
    if (change.file !== undefined)
      await writeFile(
        file,
        (await convertModel(await leaves('made'), { ...options(), folder: join(work, 'ready') })).parts.network,
      );
    if (change.edit !== undefined) await writeFile(file, String(change.edit));
    if (change.lose !== undefined) await rm(join(dirname(file), String(change.lose)));
    if (change.again) await convertModel(file, options());
    const before = await readdir(work);
    const given = 'labels' in change ? { ...options(), labels: undefined } : options();
    await expect(convertModel(file, given)).rejects.toMatchObject({ code, kind: 'usage' });
    expect(await readdir(work)).toEqual(before);
    if (change.again) await expect(convertModel(file, { ...options(), force: true })).resolves.toBeDefined();
  });
});

function options() {
  return { open, folder: join(work, 'out'), labels: join(work, 'labels.txt'), preprocess: 'tf' };
}

/** The model.json of a network of two classes, in a folder of that name. */
async function leaves(name = 'leaves', first: TestLayer[] = []): Promise<string> {
  const weight = (...shape: number[]) => ({
    shape,
    data: Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * 7)),
  });
  const conv = (own: string, from: string, ins: number, outs: number): TestLayer => ({
    type: 'Conv2D',
    name: own,
    inputs: [from],
    config: { strides: [2, 2], padding: 'same', activation: 'relu' },
    weights: { kernel: weight(3, 3, ins, outs) },
  });
  const file = await writeKeras([
    { type: 'InputLayer', name: 'input', config: { batch_input_shape: [null, 24, 32, 3] }, inputs: [] },
    ...first,
    conv('a', first.at(-1)?.name ?? 'input', 3, 4),
    conv('b', 'a', 4, 4),
    { type: 'GlobalAveragePooling2D', name: 'gap', inputs: ['b'] },
    {
      type: 'Dense',
      name: 'fc',
      inputs: ['gap'],
      config: { activation: 'softmax' },
      weights: { kernel: weight(4, 2), bias: weight(2) },
    },
  ]);
  await rename(dirname(file), join(work, name));
  return join(work, name, 'model.json');
}
