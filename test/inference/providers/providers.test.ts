import { describe, expect, it } from 'vitest';
import { bestProvider } from '../../../src/inference/providers/auto-provider.ts';
import { executionProvider, providerError } from '../../../src/inference/providers/onnx-provider.ts';
import { parseProviders } from '../../../src/inference/providers/providers.ts';

describe('the names of providers', () => {
  it.each([
    ['auto', ['auto']],
    ['cpu', ['cpu']],
    ['cuda:0, cuda:1', ['cuda:0', 'cuda:1']],
    ['cpu,cpu', ['cpu', 'cpu']],
    ['tfjs-wasm', ['tfjs-wasm']],
  ])('are a worker each: %s', (text, names) => {
    expect(parseProviders(text)).toEqual(names);
  });

  it.each([
    ['abacus', 'Known here: auto, cpu, webgpu'],
    ['cdua', 'Did you mean cuda?'],
    ['', 'Known here'],
    ['cuda,', 'Known here'],
    ['auto,cpu', 'give auto alone'],
    ['cpu:1', 'Only cuda, tensorrt, directml take one'],
    ['webgpu:0', 'Only cuda'],
    ['cpu,tfjs', 'one of them'],
    [Array(17).fill('cpu').join(), 'at most 16'],
  ])('are refused where they make no sense: "%s"', (text, hint) => {
    expect(() => parseProviders(text)).toThrow(
      expect.objectContaining({ code: 'ENGINE_PROVIDER', kind: 'usage', hint: expect.stringContaining(hint) }),
    );
  });

  it.each([
    ['cuda:1', { name: 'cuda', deviceId: 1 }],
    ['directml', 'dml'],
    ['cpu', 'cpu'],
  ])('are told to onnxruntime in its own words: %s', (name, own) => {
    expect(executionProvider(name)).toEqual(own);
  });
});

describe('a provider that is missing', () => {
  const install = 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false';

  it.each([
    ['cuda', 'linux/x64', false, 'is not installed', install],
    ['tensorrt:1', 'linux/x64', false, 'is not installed', install],
    ['cuda', 'linux/x64', true, 'does not load', 'CUDA 12 and cuDNN 9'],
    ['tensorrt', 'linux/x64', true, 'does not load', 'TensorRT 10'],
    ['cuda', 'win32/x64', false, 'on linux/x64 alone', 'webgpu'],
    ['cuda', 'darwin/arm64', false, 'on linux/x64 alone', 'coreml and webgpu'],
    ['webgpu', 'linux/arm64', false, 'no GPU answers', 'sudo apt install mesa-vulkan-drivers'],
    ['coreml', 'linux/x64', false, 'on macOS', 'webgpu'],
    ['directml', 'linux/x64', false, 'on Windows', 'webgpu'],
  ])('%s on %s, library there: %s', (name, platform, installed, reason, hint) => {
    const error = providerError(name, new Error('no such file\nand more'), platform, installed);
    expect(error).toMatchObject({ code: 'ENGINE_PROVIDER', kind: 'usage', value: name });
    expect(error.message).toContain(`"${name}"`);
    expect(error.message).toContain(reason);
    expect(error.message).toContain('(no such file)');
    expect(error.hint).toContain(hint);
  });
});

describe('the best provider', () => {
  /** Milliseconds by provider; what is not among them does not load. */
  function times(known: Record<string, number>) {
    const asked: string[] = [];
    const time = async (provider: string) => {
      asked.push(provider);
      if (known[provider] === undefined) throw new Error('no library');
      return known[provider];
    };
    return { time, asked };
  }

  it('is the CPU where the system shows no GPU, without trying anything', async () => {
    const { time, asked } = times({});
    expect(await bestProvider(time, { platform: 'linux/x64', gpu: false })).toEqual({
      provider: 'cpu',
      why: 'the system shows no GPU',
    });
    expect(asked).toEqual([]);
  });

  it('is the first that loads, in the order of the platform', async () => {
    const { time } = times({ cpu: 10, cuda: 2, webgpu: 1 });
    expect(await bestProvider(time, { platform: 'linux/x64', gpu: true })).toEqual({
      provider: 'cuda',
      why: 'a test convolution takes 2.0 ms there, 10.0 ms on the CPU',
    });
    const mac = times({ cpu: 10, webgpu: 1 });
    const place = await bestProvider(mac.time, { platform: 'darwin/arm64', gpu: true });
    expect(place.provider).toBe('webgpu');
    expect(place.why).toContain('coreml does not load (no library)');
    expect(mac.asked).toEqual(['cpu', 'coreml', 'webgpu']);
  });

  it('is not a GPU that software plays', async () => {
    const { time } = times({ cpu: 10, webgpu: 600 });
    const { provider, why } = await bestProvider(time, { platform: 'linux/x64', gpu: true });
    expect(provider).toBe('cpu');
    expect(why).toContain('webgpu is no faster: a test convolution takes 600.0 ms there');
  });
});
