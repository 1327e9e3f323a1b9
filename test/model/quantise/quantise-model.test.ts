import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calibrationPictures } from '../../../pipelines/calibration-pictures.ts';
import { packageRoot } from '../../../src/files/package-root.ts';
import { writeOnnx } from '../../../src/model/onnx/index.ts';
import { testPicture } from '../../../src/model/surgery/test-image.ts';
import { loadModel, openEngine } from '../../support/built.ts';
import { heatbox } from '../../support/heatbox.ts';
import { COLOURS, writeTinyModel } from '../../support/tiny-model.ts';
import { randomNetwork } from './random-network.ts';

const sample = join(packageRoot(), 'samples/realshort.mp4');

describe('heatbox models quantize', () => {
  let folder: string;

  // A network with something to quantise, of as many classes, in the place of the tiny one.
  beforeAll(() => {
    folder = writeTinyModel(mkdtempSync(join(tmpdir(), 'heatbox-quantise-')));
    const network = writeOnnx(randomNetwork(['residual', 'strided', 'pool', 'strided'], 4, COLOURS.length));
    const sha256 = createHash('sha256').update(network).digest('hex');
    writeFileSync(join(folder, 'model.onnx'), network);
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.files.model = { path: 'model.onnx', sha256, bytes: network.length };
    writeFileSync(path, JSON.stringify(manifest));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('puts the 8-bit form into the folder, calibrated on a clip, and it is used from then on', async () => {
    const before = await loadModel(folder);
    expect(before.int8Path).toBeUndefined();
    await expect(openEngine(before, { providers: ['cpu'], precision: 'int8' })).rejects.toMatchObject({
      code: 'PRECISION_MISSING',
    });
    const { code, stderr } = await heatbox(['models', 'quantize', folder, '--calibrate', sample, '--pictures', '6']);
    expect(stderr).toMatch(/5 convolutions in 8 bits.*\n.*of the 6 pictures/);
    expect(code).toBe(0);

    const model = await loadModel(folder);
    const picture = testPicture({ width: 96, height: 64 }, 1);
    const maps = [];
    for (const precision of ['int8', 'fp32'] as const) {
      const engine = await openEngine(model, { providers: ['cpu'], precision });
      expect(engine.precision).toBe(precision);
      maps.push((await engine.run([picture]))[0]!.maps);
      await engine.close();
    }
    const [rounded, exact] = maps as [Float32Array, Float32Array];
    const range = Math.max(...exact) - Math.min(...exact);
    expect(rounded).not.toEqual(exact);
    expect(Math.max(...rounded.map((value, i) => Math.abs(value - exact[i]!)))).toBeLessThan(0.1 * range);
  });

  it('makes a damaged 8-bit form anew, and refuses to make one of a damaged network', async () => {
    const quantise = () => heatbox(['models', 'quantize', folder, '--calibrate', sample, '--pictures', '2']);
    const spoil = (name: string) => {
      const bytes = readFileSync(join(folder, name));
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(join(folder, name), bytes);
    };
    spoil('model.int8.onnx');
    expect((await quantise()).code).toBe(0);
    expect((await heatbox(['models', 'verify', folder])).code).toBe(0);
    spoil('model.onnx');
    const refused = await quantise();
    spoil('model.onnx');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/^heatbox: MODEL_DAMAGED: .*model\.onnx/),
    ]);
  });

  it('refuses a network of one layer, which stays in float', async () => {
    const tiny = writeTinyModel(mkdtempSync(join(tmpdir(), 'heatbox-tiny-')));
    const { code, stderr } = await heatbox(['models', 'quantize', tiny, '--calibrate', sample, '--pictures', '2']);
    rmSync(tiny, { recursive: true });
    expect(stderr).toMatch(/^heatbox: MODEL_UNSUPPORTED: .*no convolution/);
    expect(code).toBe(2);
  });

  it('says what of the pictures to calibrate on is not there', async () => {
    const model = await loadModel(folder);
    await expect(calibrationPictures([join(folder, 'none')], model, 4)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    });
    await expect(calibrationPictures([folder], model, 4)).rejects.toMatchObject({ code: 'NO_IMAGES' });
  });
});
