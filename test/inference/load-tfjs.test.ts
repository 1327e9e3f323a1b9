/** Which TensorFlow.js is loaded, and what is said when none is. Its packages are stood in for where they are not here. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { loadTfjs } from '../../src/inference/tfjs/load-tfjs.ts';
import type { LoadPackage } from '../../src/inference/tfjs/why-broken.ts';

const here = createRequire(import.meta.url);
const GPU = '@tensorflow/tfjs-node-gpu';
const NODE = '@tensorflow/tfjs-node';
const wasm = ['core', 'layers', 'converter', 'backend-wasm'].map((part) => `@tensorflow/tfjs-${part}`);

/** Packages by name: what loading them gives or throws. The others are as they are here, the native ones absent. */
function packages(known: Readonly<Record<string, unknown>>): LoadPackage {
  return (name) => {
    const one = known[name];
    if (one instanceof Error) throw one;
    if (one !== undefined) return one;
    if (wasm.includes(name)) return here(name);
    throw absent(name);
  };
}

function absent(name: string): Error {
  return Object.assign(new Error(`Cannot find module '${name}'\nRequire stack:\n- heatbox`), {
    code: 'MODULE_NOT_FOUND',
  });
}

/** A native package as it shows itself: everything in one, a backend that says whether it has a GPU. */
function native(isUsingGpuDevice: boolean) {
  const [core, layers, converter] = wasm.map((name) => here(name));
  return { ...core, ...layers, ...converter, ready: async () => {}, backend: () => ({ isUsingGpuDevice }) };
}

const version = (text: string) => ({ version: text });

describe('TensorFlow.js', () => {
  it('is the best that is installed', async () => {
    expect((await loadTfjs('tfjs', packages({ [GPU]: native(true), [NODE]: native(false) }))).provider).toBe(
      'tfjs-gpu',
    );
    expect((await loadTfjs('tfjs', packages({ [NODE]: native(false) }))).provider).toBe('tfjs-node');
    const last = await loadTfjs('tfjs', packages({}));
    expect(last).toMatchObject({ provider: 'tfjs-wasm' });
    expect(last.why).toBeUndefined();
    expect(last.core.getBackend()).toBe('wasm');
  });

  it('is another where the best is broken, and says why', async () => {
    const load = packages({
      [GPU]: new Error('libcudart.so.11.0: cannot open shared object file: No such file or directory'),
      [`${GPU}/package.json`]: version('4.22.0'),
      [NODE]: native(false),
    });
    const { provider, why } = await loadTfjs('tfjs', load);
    expect(provider).toBe('tfjs-node');
    expect(why).toContain(`${GPU} 4.22.0 on Node ${process.versions.node}, `);
    expect(why).toContain('does not load: libcudart.so.11.0');
  });

  it('is another where TensorFlow sees no GPU, but not if that was asked for', async () => {
    const load = packages({ [GPU]: native(false) });
    expect(await loadTfjs('tfjs', load)).toMatchObject({
      provider: 'tfjs-wasm',
      why: `${GPU} is installed, but TensorFlow sees no GPU`,
    });
    await expect(loadTfjs('tfjs-gpu', load)).rejects.toMatchObject({
      code: 'ENGINE_PROVIDER',
      hint: expect.stringContaining('CUDA 11.2'),
    });
  });

  it.each([
    ['tfjs-gpu', `npm install --ignore-scripts=false ${GPU}@4.22.0`],
    ['tfjs-node', `npm install --ignore-scripts=false ${NODE}@4.22.0`],
  ])('is installed with the command that is said where it is absent: %s', async (provider, command) => {
    await expect(loadTfjs(provider, packages({}))).rejects.toMatchObject({
      code: 'ENGINE_PROVIDER',
      kind: 'usage',
      message: expect.stringContaining('is not installed'),
      hint: `Install it: ${command}`,
    });
  });

  it('says what to install where there is nothing of it', async () => {
    const nothing = packages(Object.fromEntries(wasm.map((name) => [name, absent(name)])));
    const hint = expect.stringContaining(`npm install ${wasm.map((name) => `${name}@4.22.0`).join(' ')}`);
    await expect(loadTfjs('tfjs', nothing)).rejects.toMatchObject({ code: 'ENGINE_PROVIDER', kind: 'usage', hint });
    await expect(loadTfjs('tfjs-wasm', nothing)).rejects.toMatchObject({ code: 'ENGINE_PROVIDER', hint });
  });

  it.each([
    ['libcudnn.so.8: cannot open shared object file', 'cuDNN 8.1'],
    ['(0 , util_1.isNullOrUndefined) is not a function', 'use Node 20 or 22'],
    [
      'The Node.js native addon module (tfjs_binding.node) can not be found',
      `npm rebuild ${GPU} --build-addon-from-source`,
    ],
    ['/lib/libm.so.6: version `GLIBC_2.38` not found', 'for another system'],
    ['something else', 'tfjs-wasm'],
  ])('explains how a native package fails: %s', async (message, hint) => {
    const load = packages({ [GPU]: new Error(message), [`${GPU}/package.json`]: version('4.21.0') });
    const error = await loadTfjs('tfjs-gpu', load).catch((error) => error);
    expect(error.message).toContain(`${GPU} 4.21.0 on Node ${process.versions.node}`);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('does not take a package that lacks another one for absent', async () => {
    const load = packages({ [GPU]: absent('@mapbox/node-pre-gyp') });
    const error = await loadTfjs('tfjs-gpu', load).catch((error) => error);
    expect(error.message).toContain('(unknown version)');
    expect(error.hint).toContain('npm rebuild');
  });
});
