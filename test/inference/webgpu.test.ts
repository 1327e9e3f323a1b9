/** WebGPU on a device in software, slow but real; SwiftShader's comes with Chromium. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/inference/engine.ts';
import { bestProvider } from '../../src/inference/providers/auto-provider.ts';
import { timeConvolution } from '../../src/inference/providers/test-convolution.ts';
import type { ClassMaps } from '../../src/types.ts';
import { loadModel, openEngine } from '../support/built.ts';
import { scratch } from '../support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { skipped } from '../support/tools.ts';
import { engineContract, expectClose } from './contract.ts';

const driver = process.env.VK_DRIVER_FILES ?? '/usr/lib/chromium/vk_swiftshader_icd.json';
const absent = !existsSync(driver) && skipped(`tests of WebGPU, since there is no Vulkan driver ${driver}`);
if (!absent) process.env.VK_DRIVER_FILES = driver;

const space = scratch();
const tiny = await loadModel(writeTinyModel(space.path('model')));
afterAll(() => space.remove());

describe.skipIf(absent)('WebGPU', () => {
  engineContract('onnxruntime on WebGPU', {
    open: () => openEngine(tiny, { providers: ['webgpu'] }),
    provider: 'webgpu',
    classCount: tiny.manifest.classCount,
    multipleOf: tiny.manifest.input.multipleOf,
    stride: tiny.manifest.stride,
  });

  it('agrees with the CPU on a frame through ResNet-50: logits within 1e-4 of their range, maps as well', async () => {
    const resnet = await loadModel();
    const [width, height] = [64, 64];
    const picture = readFileSync(join(import.meta.dirname, '../fixtures/parity/squirrel.224x224.rgb'));
    // The squirrel's head.
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      const start = ((y + 60) * 224 + 70) * 3;
      data.set(picture.subarray(start, start + width * 3), y * width * 3);
    }
    const on = async (provider: string) => {
      const engine: Engine = await openEngine(resnet, { providers: [provider], precision: 'fp32', accuracy: 'plain' });
      const [maps] = (await engine.run([{ width, height, data }])) as [ClassMaps];
      await engine.close();
      return maps;
    };
    const [gpu, cpu] = [await on('webgpu'), await on('cpu')];
    expectClose(gpu.logits, cpu.logits, 1e-4);
    expectClose(gpu.maps!, cpu.maps!, 1e-4);
    // Its shaders are compiled for a processor here.
  }, 240_000);

  it('is not chosen where software plays the GPU', async () => {
    const time = (provider: string) =>
      timeConvolution({ executionProviders: [provider], intraOpNumThreads: 2, logSeverityLevel: 4 });
    const { provider, why } = await bestProvider(time, { platform: 'linux/arm64', gpu: true });
    expect(provider).toBe('cpu');
    expect(why).toContain('webgpu is no faster');
  });
});
