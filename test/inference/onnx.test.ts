import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../src/model/index.ts';
import { leftOver, loadModel, openEngine, type Resources, resources } from '../cli/support/built.ts';
import { scratch } from '../cli/support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { engineContract } from './contract.ts';

const resnet = await loadModel();
const { input, stride, classCount } = resnet.manifest;

engineContract('onnxruntime on the CPU', {
  open: () => openEngine(resnet, { threads: 2 }),
  provider: 'cpu',
  classCount,
  multipleOf: input.multipleOf,
  stride,
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
    const folder = join(import.meta.dirname, '../fixtures/parity');
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
      image: string;
      width: number;
      height: number;
      top5: { classIndex: number; logit: number }[];
    }[];
    const { image, width, height, top5 } = expected.find((one) => one.image.startsWith('squirrel'))!;
    const warmUp = { width, height, batch: 1 };
    const engine = await openEngine(resnet, { threads: 2, warmUp });
    const [maps] = await engine.run([{ width, height, data: readFileSync(join(folder, image)) }]);
    await engine.close();
    const best = [...maps!.logits.keys()].sort((a, b) => maps!.logits[b]! - maps!.logits[a]!).slice(0, 5);
    expect(best).toEqual(top5.map(({ classIndex }) => classIndex));
    for (const { classIndex, logit } of top5) expect(Math.abs(maps!.logits[classIndex]! - logit)).toBeLessThan(0.02);
  });

  it.each([
    ['a provider that nobody knows', { provider: 'abacus' }, 'ENGINE_PROVIDER', 'Known here: cpu'],
    ['a provider that is misspelled', { provider: 'cdua' }, 'ENGINE_PROVIDER', 'Did you mean cuda?'],
    ['a provider whose libraries are not here', { provider: 'tensorrt' }, 'ENGINE_PROVIDER', 'run on the CPU'],
    ['a warm-up the network does not take', { warmUp: { width: 33, height: 32, batch: 1 } }, 'ENGINE_INPUT', ''],
  ])('cannot be opened with %s, and leaves nothing open', async (_what, options, code, hint) => {
    const error = await openEngine(tiny, options).catch((error) => error);
    expect(error).toMatchObject({ code });
    expect(error.hint ?? '').toContain(hint);
    expect(await leftOver(idle)).toEqual({ threads: 0, descriptors: 0 });
  });

  it.each([
    ['missing', (model: Model): Model => ({ ...model, onnxPath: space.path('none.onnx') }), 'none.onnx'],
    [
      'no ONNX file',
      (model: Model): Model => ({ ...model, onnxPath: writeText(space.path('text.onnx')) }),
      'text.onnx',
    ],
    ['without the outputs of the manifest', withOutputs, 'has no maps "heat"'],
  ])('cannot be opened with a network that is %s', async (_what, change, says) => {
    const error = await openEngine(change(tiny)).catch((error) => error);
    expect(error).toMatchObject({ code: 'ENGINE_MODEL', kind: 'usage' });
    expect(error.message).toContain(says);
    expect(await leftOver(idle)).toEqual({ threads: 0, descriptors: 0 });
  });
});

function writeText(path: string): string {
  writeFileSync(path, 'This is a letter, not a network.');
  return path;
}

function withOutputs(model: Model): Model {
  return { ...model, manifest: { ...model.manifest, outputs: { maps: 'heat', logits: 'logits' } } };
}
