import { createRequire } from 'node:module';
import type * as Converter from '@tensorflow/tfjs-converter';
import type * as Core from '@tensorflow/tfjs-core';
import type * as Layers from '@tensorflow/tfjs-layers';
import { HeatboxError } from '../../error.ts';
import type { LoadPackage } from './why-broken.ts';
import { isAbsent, whyBroken } from './why-broken.ts';

/** TensorFlow.js, loaded, with the backend that runs networks. */
export interface Tfjs {
  readonly core: typeof Core;
  readonly layers: Pick<typeof Layers, 'loadLayersModel'>;
  readonly converter: Pick<typeof Converter, 'loadGraphModel'>;
  /** `tfjs-gpu`, `tfjs-node` or `tfjs-wasm`. */
  readonly provider: string;
  /** Why not a better one, where the user did not choose. */
  readonly why?: string;
}

const nativePackages: Readonly<Record<string, string>> = {
  'tfjs-gpu': '@tensorflow/tfjs-node-gpu',
  'tfjs-node': '@tensorflow/tfjs-node',
};
const wasmPackages = ['tfjs-core', 'tfjs-layers', 'tfjs-converter', 'tfjs-backend-wasm'].map(
  (name) => `@tensorflow/${name}`,
);
/** The release heatbox was made with; the parts of one installation must be of the same. */
const RELEASE = '4.22.0';

/** The best first. */
const order = ['tfjs-gpu', 'tfjs-node', 'tfjs-wasm'];

/**
 * Loads TensorFlow.js, which heatbox does not bring along.
 *
 * @param provider - `tfjs` for the best that is installed, or one of it.
 * @throws HeatboxError `ENGINE_PROVIDER`: not installed, with the command that installs it; installed but broken, with the
 * versions and what is known of the cause.
 */
export async function loadTfjs(provider: string, load: LoadPackage = createRequire(import.meta.url)): Promise<Tfjs> {
  if (provider !== 'tfjs') return open(provider, load);
  const reasons: string[] = [];
  for (const name of order) {
    try {
      const tfjs = await open(name, load);
      return reasons.length === 0 ? tfjs : { ...tfjs, why: reasons.join('; ') };
    } catch (error) {
      // What is not installed is not worth a word, as long as something else is.
      if (!(error instanceof HeatboxError)) throw error;
      if (error.code === 'ENGINE_PROVIDER' && !isAbsent(error.cause)) reasons.push(error.message);
    }
  }
  const message = 'no package of TensorFlow.js that works is installed';
  throw new HeatboxError('ENGINE_PROVIDER', [message, ...reasons].join('; '), {
    value: provider,
    kind: 'usage',
    hint: `Install one: ${installCommand('tfjs-wasm')}`,
  });
}

async function open(provider: string, load: LoadPackage): Promise<Tfjs> {
  const name = nativePackages[provider];
  return name === undefined ? openWasm(load) : openNative(provider, name, load);
}

async function openNative(provider: string, name: string, load: LoadPackage): Promise<Tfjs> {
  const all = loaded(name, provider, load) as typeof Core & typeof Layers & typeof Converter;
  await all.ready();
  const { isUsingGpuDevice = true } = all.backend() as { isUsingGpuDevice?: boolean };
  if (provider === 'tfjs-gpu' && !isUsingGpuDevice) {
    throw new HeatboxError('ENGINE_PROVIDER', `${name} is installed, but TensorFlow sees no GPU`, {
      value: provider,
      kind: 'usage',
      hint: "It needs NVIDIA's driver, CUDA 11.2 and cuDNN 8.1, their folders in LD_LIBRARY_PATH.",
    });
  }
  return { core: all, layers: all, converter: all, provider };
}

async function openWasm(load: LoadPackage): Promise<Tfjs> {
  const [core, layers, converter] = wasmPackages.map((name) => loaded(name, 'tfjs-wasm', load)) as [
    typeof Core,
    typeof Layers,
    typeof Converter,
  ];
  if (!(await core.setBackend('wasm'))) {
    throw new HeatboxError('ENGINE_PROVIDER', 'the WebAssembly of @tensorflow/tfjs-backend-wasm does not start', {
      value: 'tfjs-wasm',
      kind: 'usage',
      hint: `Its version must be that of @tensorflow/tfjs-core: ${installCommand('tfjs-wasm')}`,
    });
  }
  return { core, layers, converter, provider: 'tfjs-wasm' };
}

function loaded(name: string, provider: string, load: LoadPackage): unknown {
  try {
    return load(name);
  } catch (cause) {
    const absent = isAbsent(cause, name);
    const { reason, hint } = absent
      ? { reason: 'is not installed', hint: `Install it: ${installCommand(provider)}` }
      : whyBroken(name, cause as Error, load);
    throw new HeatboxError('ENGINE_PROVIDER', `${name} ${reason}`, { value: provider, cause, kind: 'usage', hint });
  }
}

function installCommand(provider: string): string {
  const names = provider in nativePackages ? [nativePackages[provider]!] : wasmPackages;
  const scripts = provider in nativePackages ? ' --ignore-scripts=false' : '';
  return `npm install${scripts} ${names.map((name) => `${name}@${RELEASE}`).join(' ')}`;
}
