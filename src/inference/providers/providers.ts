import { HeatboxError } from '../../error.ts';
import { nearest } from '../../text/nearest.ts';

/** Where onnxruntime runs a network, and TensorFlow.js with one of its backends; `tfjs` is the best that is installed. */
export const providers = {
  onnx: ['cpu', 'webgpu', 'cuda', 'tensorrt', 'coreml', 'directml'],
  tfjs: ['tfjs', 'tfjs-gpu', 'tfjs-node', 'tfjs-wasm'],
} as const;

const all: readonly string[] = [...providers.onnx, ...providers.tfjs];
const numbered: readonly string[] = ['cuda', 'tensorrt', 'directml'];
const MOST_WORKERS = 16;

/**
 * Checks where a network is to run: `auto` alone, or one entry per worker. `cuda:0` and `cuda:1` are two devices; `cpu` twice
 * is two workers on the CPU.
 *
 * @returns the names, without blanks around them.
 * @throws HeatboxError `ENGINE_PROVIDER`
 */
export function checkProviders(wanted: readonly string[]): string[] {
  const names = wanted.map((name) => name.trim());
  const text = names.join();
  if (names.length === 0) throw bad(text, 'names no worker', 'Name one, or leave it out.');
  if (names.length === 1 && names[0] === 'auto') return names;
  if (names.length > MOST_WORKERS) throw bad(text, `names ${names.length} workers`, `Name at most ${MOST_WORKERS}.`);
  for (const name of names) {
    const { provider, device } = deviceOf(name);
    if (provider === 'auto') throw bad(text, 'has auto among others', 'Name the providers, or give auto alone.');
    if (!all.includes(provider)) throw unknown(provider);
    if (device !== undefined && !numbered.includes(provider))
      throw bad(name, 'has the number of a device', `Only ${numbered.join(', ')} take one, as cuda:1.`);
  }
  const engines = new Set(names.map((name) => isTfjs(name)));
  if (engines.size > 1) throw bad(text, 'mixes onnxruntime with TensorFlow.js', 'Name providers of one of them.');
  return names;
}

/**
 * Reads providers from text, comma-separated, e.g. `cuda:0,cuda:1`.
 *
 * @throws HeatboxError `ENGINE_PROVIDER`
 */
export function parseProviders(text: string): string[] {
  return checkProviders(text.split(','));
}

/** Whether it is one of TensorFlow.js's. */
export function isTfjs(name: string): boolean {
  return (providers.tfjs as readonly string[]).includes(name);
}

/** Whether providers ask for TensorFlow.js, so that a model of it is loaded as it is. @throws HeatboxError `ENGINE_PROVIDER` */
export function wantsTfjs(providers: readonly string[] | undefined): boolean {
  return providers !== undefined && checkProviders(providers).some(isTfjs);
}

/** The parts of `cuda:1`. */
export function deviceOf(name: string): { provider: string; device: number | undefined } {
  const [, provider = name, device] = /^(\w+):(\d{1,3})$/.exec(name) ?? [];
  return { provider, device: device === undefined ? undefined : Number(device) };
}

function unknown(name: string): HeatboxError {
  const near = nearest(name, ['auto', ...all]);
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Known here: auto, ${all.join(', ')}.`;
  return new HeatboxError('ENGINE_PROVIDER', `there is no provider "${name}"`, { value: name, kind: 'usage', hint });
}

function bad(text: string, reason: string, hint: string): HeatboxError {
  return new HeatboxError('ENGINE_PROVIDER', `the provider "${text}" ${reason}`, { value: text, kind: 'usage', hint });
}
