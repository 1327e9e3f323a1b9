import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { type ClassifierManifest, checkInputSize, chooseInputSize, loadModel } from '../../../src/model/index.ts';
import { addModel, inspectModel } from '../../../src/model/making/index.ts';
import { float32Tensor, readOnnx, writeOnnx } from '../../../src/model/onnx/index.ts';
import { network } from '../surgery/networks.ts';

const open = openOnnx;
let work: string;
let saved: NodeJS.ProcessEnv;

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'heatbox-add-'));
  saved = { ...process.env };
  process.env.XDG_DATA_HOME = join(work, 'data');
  process.env.XDG_CACHE_HOME = join(work, 'cache');
});
afterEach(async () => {
  process.env = saved;
  await rm(work, { recursive: true, force: true });
});

describe('adding a classifier', () => {
  it('keeps it under its name, where loadModel finds it', async () => {
    const file = await leaves();
    const { model, notes } = await addModel(file, {
      open,
      labels: await labels('rust', 'mildew', 'healthy'),
      preprocess: 'unit',
    });
    expect(notes).toEqual([]);
    expect(model.dir).toBe(join(work, 'data/heatbox/models/leaves'));
    expect(await loadModel('leaves')).toEqual(model);
    expect(model.labels).toEqual([
      { index: 0, wnid: '', name: 'rust', names: ['rust'] },
      { index: 1, wnid: '', name: 'mildew', names: ['mildew'] },
      { index: 2, wnid: '', name: 'healthy', names: ['healthy'] },
    ]);
    expect(model.manifest).toMatchObject({
      classCount: 3,
      stride: 4,
      input: { multipleOf: 4, defaultArea: 24 * 24, preprocessing: 'inside the graph: RGB, bytes to 0…1' },
      source: { file: 'leaves.onnx' },
    });
    // Nothing of the work is left beside it, and nothing says where the original lay.
    expect(await readdir(join(work, 'data/heatbox/models'))).toEqual(['leaves']);
    expect(await readFile(join(model.dir, 'manifest.json'), 'utf8')).not.toContain(work);
  });

  it('says what it guessed, and that a class more is the background', async () => {
    const { notes, model } = await addModel(await leaves(), { open, labels: await labels('rust', 'mildew') });
    expect(notes).toEqual([
      'The preprocessing was guessed: imagenet, since it is the most common convention. Give --preprocess if the network was trained with another.',
      "The network has one class more than there are labels: class 0 is taken for 'background'.",
    ]);
    expect(model.labels.map(({ name }) => name)).toEqual(['background', 'rust', 'mildew']);
  });

  it('refuses a name that is taken, until it is forced', async () => {
    const file = await leaves();
    const names = await labels('rust', 'mildew', 'healthy');
    await addModel(file, { open, labels: names });
    const other = await labels('a', 'b', 'c');
    await expect(addModel(file, { open, labels: other })).rejects.toMatchObject({ code: 'MODEL_EXISTS' });
    expect((await loadModel('leaves')).labels[0]!.name).toBe('rust');
    await addModel(file, { open, labels: other, force: true });
    expect((await loadModel('leaves')).labels[0]!.name).toBe('a');
    expect(await readdir(join(work, 'data/heatbox/models'))).toEqual(['leaves']);
  });

  it.each([
    ['without labels', {}, 'LABELS_MISSING'],
    ['with a wrong number of labels', { labels: 'one' }, 'LABELS_INVALID'],
    ['with an unknown preprocessing', { labels: 'three', preprocess: 'torch' }, 'BAD_PREPROCESS'],
    ['under the name of the model that ships', { labels: 'three', name: 'resnet50-imagenet' }, 'MODEL_EXISTS'],
    ['under a name that is a path', { labels: 'three', name: '../escape' }, 'BAD_MODEL_NAME'],
    ['with an output it does not have', { labels: 'three', output: 'nothing' }, 'MODEL_UNSUPPORTED'],
  ])('refuses one %s, and stores nothing', async (_, options, code) => {
    const files: Record<string, string> = { one: await labels('rust'), three: await labels('a', 'b', 'c') };
    const given = { ...options, ...('labels' in options && { labels: files[options.labels!]! }), open };
    await expect(addModel(await leaves(), given)).rejects.toMatchObject({ code, kind: 'usage' });
    await expect(readdir(join(work, 'data'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes in the weights that an exporter has put in a second file', async () => {
    const model = readOnnx(await readFile(await leaves()));
    const data: Buffer[] = [];
    for (const tensor of model.graph.initializer.filter(({ dataType }) => dataType === 1)) {
      const offset = data.reduce((sum, { length }) => sum + length, 0);
      data.push(Buffer.from(tensor.rawData!));
      tensor.externalData = [
        { key: 'location', value: 'leaves.onnx.data' },
        { key: 'offset', value: `${offset}` },
        { key: 'length', value: `${tensor.rawData!.length}` },
      ];
      delete tensor.rawData;
      tensor.dataLocation = 1;
    }
    const file = join(work, 'outside.onnx');
    await writeFile(file, writeOnnx(model));
    const options = { open, labels: await labels('a', 'b', 'c'), preprocess: 'unit' };
    await expect(addModel(file, options)).rejects.toMatchObject({
      code: 'MODEL_DAMAGED',
      message: expect.stringContaining('leaves.onnx.data'),
    });
    await writeFile(join(work, 'leaves.onnx.data'), Buffer.concat(data).subarray(4));
    await expect(addModel(file, options)).rejects.toMatchObject({ code: 'MODEL_DAMAGED' });
    await writeFile(join(work, 'leaves.onnx.data'), Buffer.concat(data));
    const { model: outside } = await addModel(file, options);
    const { model: inside } = await addModel(await leaves(), options);
    expect(await readFile(outside.networkPath)).toEqual(await readFile(inside.networkPath));
  });

  it('never reads weights outside of the folder', async () => {
    const model = readOnnx(await readFile(await leaves()));
    const tensor = model.graph.initializer.find(({ dataType }) => dataType === 1)!;
    tensor.dataLocation = 1;
    tensor.externalData = [{ key: 'location', value: '../secret' }];
    await writeFile(join(work, 'escaping.onnx'), writeOnnx(model));
    await expect(addModel(join(work, 'escaping.onnx'), { open, labels: 'imagenet' })).rejects.toMatchObject({
      code: 'MODEL_DAMAGED',
      message: expect.stringContaining("'../secret', which is not beside it"),
    });
  });
});

describe('a network that takes one size only', () => {
  it('says so, and is given that size for every frame', async () => {
    const file = await leaves({ position: true });
    const { model, notes } = await addModel(file, { open, labels: await labels('a', 'b', 'c'), preprocess: 'unit' });
    expect(notes).toEqual(['The network takes 24x24 only; frames are scaled to it, whatever their shape.']);
    expect(chooseInputSize({ width: 1920, height: 1080 }, model)).toEqual({ width: 24, height: 24 });
    expect(checkInputSize({ width: 24, height: 24 }, model)).toEqual({ width: 24, height: 24 });
    expect(() => checkInputSize({ width: 48, height: 24 }, model)).toThrow(/takes 24x24 only/);
  });
});

describe('inspecting a classifier', () => {
  it('prints a manifest that makes the folder a model', async () => {
    const file = await leaves();
    const { manifest, cam, refusal, guessed } = await inspectModel(file, { open });
    expect({ classCount: cam?.classCount, refusal, guessed }).toEqual({
      classCount: 3,
      refusal: undefined,
      guessed: 'imagenet, since it is the most common convention',
    });
    expect(manifest).toMatchObject({
      form: 'classifier',
      files: { model: { path: 'leaves.onnx' }, labels: { path: 'labels.txt' } },
      input: {
        layout: 'NCHW',
        channels: 'RGB',
        range: [0, 1],
        mean: [0.485, 0.456, 0.406],
        size: { width: 24, height: 24 },
      },
    });
    const corrected: ClassifierManifest = {
      ...manifest,
      name: 'leaf-diseases',
      groups: { ill: ['rust', 'mildew'] },
      input: { ...manifest.input, channels: 'BGR', range: [0, 255], mean: [1, 2, 3], std: [4, 5, 6] },
    };
    await writeFile(join(work, 'manifest.json'), JSON.stringify(corrected));
    await labels('rust', 'mildew', 'healthy');
    for (const which of [work, file, join(work, 'manifest.json')]) {
      const model = await loadModel(which, { open });
      expect(model.name).toBe('leaf-diseases');
      expect(model.manifest.groups).toEqual({ ill: ['rust', 'mildew'] });
      expect(model.manifest.input.preprocessing).toBe(
        'inside the graph: BGR, bytes to 0…255, means 1, 2, 3 (RGB) subtracted, divided by 4, 5, 6',
      );
      expect(model.dir).toMatch(/cache\/heatbox\/prepared\/leaf-diseases-[0-9a-f]{16}$/);
    }
    // Once made ready it needs no engine any more; another manifest makes another model.
    await loadModel(work);
    await writeFile(join(work, 'manifest.json'), JSON.stringify({ ...corrected, description: 'other' }));
    await expect(loadModel(work)).rejects.toMatchObject({ code: 'MODEL_NOT_READY' });
    expect((await addModel(work, { open })).model.name).toBe('leaf-diseases');
  });

  it('says why a network has no CAM, with a manifest all the same', async () => {
    const net = network();
    const maps = net.conv(net.input('pixels', [1, 3, 24, 24]), 3, 4, { stride: 2 });
    const file = join(work, 'dense.onnx');
    await writeFile(
      file,
      net.bytes(net.node('Gemm', [net.node('Flatten', [maps]), net.weights([4 * 144, 3])], {}, 'fc')),
    );
    const { cam, refusal, manifest } = await inspectModel(file, { open });
    expect(cam).toBeUndefined();
    expect(refusal).toMatchObject({ code: 'MODEL_NO_CAM', value: 'fc' });
    expect(manifest.name).toBe('dense');
  });

  it.each([
    ['keras_resnet.onnx', 'tf2onnx', false, 'caffe'],
    ['net.onnx', 'tf2onnx', false, 'tf'],
    ['net.onnx', 'pytorch', false, 'imagenet'],
    ['mobilenet_v1.onnx', '', false, 'tf'],
    ['net.onnx', 'tf2onnx', true, 'raw'],
  ])('guesses the preprocessing of %s by %s, scaling its input itself: %s', async (name, producer, scales, preset) => {
    const model = readOnnx(await readFile(await leaves({ scales })));
    const file = join(work, name);
    await writeFile(file, writeOnnx({ ...model, producerName: producer }));
    expect((await inspectModel(file, { open })).guessed).toMatch(new RegExp(`^${preset}, since `));
  });
});

/** `leaves.onnx`, a network of three classes; with weights for every position or a scaling of its own, if wanted. */
async function leaves({ position = false, scales = false } = {}): Promise<string> {
  const net = network();
  let value = net.input('pixels', [1, 3, 24, 24]);
  if (scales) value = net.node('Mul', [value, floats([1, 3, 1, 1], [1, 2, 3])]);
  value = net.node('Relu', [net.conv(value, 3, 8, { stride: 2 })]);
  value = net.node('Relu', [net.conv(value, 8, 8, { stride: 2 })]);
  if (position) value = net.node('Add', [value, net.weights([1, 8, 6, 6])]);
  const pooled = net.node('Flatten', [net.node('GlobalAveragePool', [value])]);
  const file = join(work, 'leaves.onnx');
  await writeFile(file, net.bytes(net.node('Gemm', [pooled, net.weights([8, 3]), net.weights([3])])));
  return file;

  function floats(dims: number[], values: number[]): string {
    net.model.graph.initializer.push(float32Tensor('scale', dims, values));
    return 'scale';
  }
}

async function labels(...names: string[]): Promise<string> {
  const file = join(work, 'labels.txt');
  await writeFile(file, `${names.join('\n')}\n`);
  return names.length === 1 ? copy(file) : file;

  // Several lists in one test.
  async function copy(path: string) {
    const other = join(work, 'one.txt');
    await writeFile(other, await readFile(path));
    return other;
  }
}
