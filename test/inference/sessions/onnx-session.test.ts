import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeatboxError } from '../../../src/error.ts';
import type { Engine } from '../../../src/inference/engine.ts';
import { withFallback } from '../../../src/inference/pools/fallback-engine.ts';
import type { Model } from '../../../src/model/index.ts';
import { leftOver, loadModel, openEngine, type Resources, resources } from '../../support/built.ts';
import { scratch } from '../../support/heatbox.ts';
import { writeTinyModel } from '../../support/tiny-model.ts';
import { engineContract, noise } from '../contract.ts';

const resnet = await loadModel();
const { input, stride, classCount } = resnet.manifest;

engineContract('onnxruntime on the CPU', {
  open: () => openEngine(resnet, { providers: ['cpu'], threads: 2, accuracy: 'plain' }),
  provider: 'cpu',
  classCount,
  multipleOf: input.multipleOf,
  stride,
});

const tinySpace = scratch();
const small = await loadModel(writeTinyModel(tinySpace.path('model')));
afterAll(() => tinySpace.remove());

engineContract('two workers of onnxruntime', {
  open: () => openEngine(small, { providers: ['cpu', 'cpu'] }),
  provider: 'cpu,cpu',
  classCount: small.manifest.classCount,
  multipleOf: small.manifest.input.multipleOf,
  stride: small.manifest.stride,
});

describe('onnxruntime on the CPU', () => {
  const space = scratch();
  let tiny: Model;
  let idle: Resources;

  beforeAll(async () => {
    tiny = await loadModel(writeTinyModel(space.path('model')));
    await (await openEngine(tiny)).close();
    idle = resources();
  });
  afterAll(() => space.remove());

  it('knows the squirrel of the reference', async () => {
    const folder = join(import.meta.dirname, '../../fixtures/parity');
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
      image: string;
      width: number;
      height: number;
      top5: { classIndex: number; logit: number }[];
    }[];
    const { image, width, height, top5 } = expected.find((one) => one.image.startsWith('squirrel'))!;
    const engine = await openEngine(resnet, { providers: ['cpu'], precision: 'fp32', threads: 2 });
    const [maps] = await engine.run([{ width, height, data: readFileSync(join(folder, image)) }]);
    await engine.close();
    const best = [...maps!.logits.keys()].sort((a, b) => maps!.logits[b]! - maps!.logits[a]!).slice(0, 5);
    expect(best).toEqual(top5.map(({ classIndex }) => classIndex));
    for (const { classIndex, logit } of top5) expect(Math.abs(maps!.logits[classIndex]! - logit)).toBeLessThan(0.02);
  });

  it('says with which command CUDA is installed', async () => {
    if (`${process.platform}/${process.arch}` !== 'linux/x64') return;
    const error = await openEngine(tiny, { providers: ['cuda:0'] }).catch((error) => error);
    // Where its library is there, but no GPU, it says that.
    expect(error).toMatchObject({
      code: 'ENGINE_PROVIDER',
      kind: 'usage',
      message: expect.stringContaining('"cuda:0"'),
    });
    expect(error.hint).toMatch(/ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node|NVIDIA's driver/);
  });

  it('chooses the CPU by itself where the system shows no GPU, and says why', async () => {
    const engine = await openEngine(tiny);
    if (engine.provider === 'cpu') expect(engine.why).toMatch(/shows no GPU|no faster|does not load/);
    else expect(engine.why).toContain('on the CPU');
    await engine.close();
  });

  it('loses no frame when the device is lost under way', async () => {
    const [plain, inner] = [await openEngine(tiny), await openEngine(tiny)];
    let runs = 0;
    const breaking: Engine = {
      ...inner,
      provider: 'cuda',
      run: (...batch) =>
        ++runs > 3 ? Promise.reject(new HeatboxError('ENGINE_RUN', 'device lost')) : inner.run(...batch),
    };
    const warnings: string[] = [];
    const engine = withFallback(breaking, { open: () => openEngine(tiny), onWarning: (code) => warnings.push(code) });
    const batches = Array.from({ length: 8 }, (_, i) =>
      [2 * i, 2 * i + 1].map((seed) => noise(seed, { width: 32, height: 16 })),
    );
    const [results, expected] = await Promise.all(
      [engine, plain].map((one) => Promise.all(batches.map((batch) => one.run(batch)))),
    );
    const values = (batches: Awaited<ReturnType<Engine['run']>>[]) =>
      batches.map((maps) => maps.map(({ release: _, ...rest }) => rest));
    expect(values(results!)).toEqual(values(expected!));
    expect(warnings).toEqual(['ENGINE_FELL_BACK']);
    await Promise.all([engine.close(), plain.close()]);
    expect(await leftOver(idle)).toEqual({ threads: 0, descriptors: 0 });
  });

  it.each([
    ['a provider that nobody knows', ['abacus'], 'ENGINE_PROVIDER', 'Known here: auto, cpu'],
    ['a provider that is misspelled', ['cdua'], 'ENGINE_PROVIDER', 'Did you mean cuda?'],
    ['a provider that is elsewhere', ['coreml'], 'ENGINE_PROVIDER', 'webgpu'],
    ['two workers of which one cannot be', ['cpu', 'directml'], 'ENGINE_PROVIDER', 'webgpu'],
  ])('cannot be opened with %s, and leaves nothing open', async (_what, providers, code, hint) => {
    const error = await openEngine(tiny, { providers }).catch((error) => error);
    expect(error).toMatchObject({ code });
    expect(error.hint ?? '').toContain(hint);
    expect(await leftOver(idle)).toEqual({ threads: 0, descriptors: 0 });
  });

  it.each([
    ['plain maps', 'plain'],
    ['maps to refine', 'fast'],
  ] as const)('cannot be opened for %s with a network that is not the one of the manifest', async (_what, accuracy) => {
    const { files } = tiny.manifest;
    const other = { ...files, model: { ...files.model, sha256: '0'.repeat(64) } };
    const error = await openEngine({ ...tiny, manifest: { ...tiny.manifest, files: other } }, { accuracy }).catch(
      (error) => error,
    );
    expect(error).toMatchObject({ code: 'MODEL_DAMAGED', kind: 'usage', message: expect.stringContaining('sha256') });
    expect(await leftOver(idle)).toEqual({ threads: 0, descriptors: 0 });
  });

  it.each([
    [
      'missing',
      (model: Model): Model => ({ ...model, networkPath: space.path('none.onnx') }),
      'MODEL_UNREADABLE',
      'none.onnx',
    ],
    ['no ONNX file', (model: Model): Model => withText(model, space.path('text.onnx')), 'ENGINE_MODEL', 'text.onnx'],
    ['without the outputs of the manifest', withOutputs, 'ENGINE_MODEL', 'has no maps "heat"'],
  ])('cannot be opened with a network that is %s', async (_what, change, code, says) => {
    const error = await openEngine(change(tiny), { accuracy: 'plain' }).catch((error) => error);
    expect(error).toMatchObject({ code, kind: 'usage' });
    expect(error.message).toContain(says);
    expect(await leftOver(idle)).toEqual({ threads: 0, descriptors: 0 });
  });
});

function withText(model: Model, networkPath: string): Model {
  const text = 'This is a letter, not a network.';
  writeFileSync(networkPath, text);
  const { manifest } = model;
  const file = { ...manifest.files.model, sha256: createHash('sha256').update(text).digest('hex') };
  return { ...model, networkPath, manifest: { ...manifest, files: { ...manifest.files, model: file } } };
}

function withOutputs(model: Model): Model {
  return { ...model, manifest: { ...model.manifest, outputs: { maps: 'heat', logits: 'logits' } } };
}
