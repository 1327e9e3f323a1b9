import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HeatboxError } from '../../error.ts';
import { packageRoot } from '../../files/package-root.ts';
import { cacheFolder, userModels } from '../files/folders.ts';
import { readInside } from '../files/inside.ts';
import type { RegistryEntry } from '../files/registry.ts';

/** A model that is there, or that can be fetched. */
export interface ListedModel {
  readonly name: string;
  /** `shipped` with heatbox, the `user`'s, or only in the `registry`. */
  readonly from: 'shipped' | 'user' | 'registry';
  readonly description: string;
  /** SPDX name of its licence. */
  readonly licence: string;
  /** On the disk, or to be fetched. */
  readonly bytes: number;
  /** Its folder, for one that is there. */
  readonly dir?: string;
}

/** Lists the models that ship with heatbox, the user's, and those of the registry that are not there yet. */
export async function listModels(registry: readonly RegistryEntry[]): Promise<ListedModel[]> {
  const [shipped, user] = await Promise.all([
    modelsIn(join(packageRoot(), 'models'), 'shipped'),
    modelsIn(userModels(), 'user'),
  ]);
  const there = [...shipped, ...user];
  const rest = registry
    .filter(({ manifest }) => !there.some(({ name }) => name === manifest.name))
    .map(({ manifest, sources }): ListedModel => {
      const bytes = sources.reduce((sum, source) => sum + source.bytes, 0);
      const { name, description, licence } = manifest;
      return { name, from: 'registry', description, licence: licence.spdx, bytes };
    });
  return [...there, ...rest];
}

/**
 * Removes a model of the user's, and what was made of it in the cache.
 *
 * @throws HeatboxError `MODEL_NOT_FOUND`; `MODEL_SHIPPED` for one that came with heatbox.
 */
export async function removeModel(name: string): Promise<{ dir: string; bytes: number }> {
  const user = await modelsIn(userModels(), 'user');
  const found = user.find((model) => model.name === name);
  if (found === undefined) {
    const shipped = await modelsIn(join(packageRoot(), 'models'), 'shipped');
    if (shipped.some((model) => model.name === name)) {
      throw new HeatboxError('MODEL_SHIPPED', `the model '${name}' came with heatbox; only your own can be removed`, {
        value: name,
        kind: 'usage',
        hint: 'Nothing needs to be done to use another one: give it with --model.',
      });
    }
    throw new HeatboxError('MODEL_NOT_FOUND', `you have no model '${name}' in ${userModels()}`, {
      value: name,
      kind: 'usage',
      hint: user.length > 0 ? `You have: ${user.map((model) => model.name).join(', ')}.` : 'You have none.',
    });
  }
  const dir = found.dir!;
  const prepared = join(cacheFolder(), 'prepared');
  const made = (await readdir(prepared).catch(() => [])).filter(
    (entry) => entry.replace(/-[0-9a-f]{16}$/, '') === name,
  );
  for (const folder of [dir, ...made.map((entry) => join(prepared, entry))]) await rm(folder, { recursive: true });
  return { dir, bytes: found.bytes };
}

async function modelsIn(folder: string, from: 'shipped' | 'user'): Promise<ListedModel[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.')).sort();
  const models: ListedModel[] = [];
  for (const name of names) {
    const dir = join(folder, name);
    const text = await readInside(dir, 'manifest.json').then(String, () => undefined);
    if (text === undefined) continue;
    models.push({ name, from, ...described(text), bytes: await sizeOf(dir), dir });
  }
  return models;
}

/** A manifest that cannot be read is `verify`'s affair; a list says what it can. */
function described(text: string): Pick<ListedModel, 'description' | 'licence'> {
  try {
    const { description, licence } = JSON.parse(text);
    return { description: String(description ?? ''), licence: String(licence?.spdx ?? 'unknown') };
  } catch {
    return { description: 'its manifest cannot be read', licence: 'unknown' };
  }
}

async function sizeOf(dir: string): Promise<number> {
  const sizes = await Promise.all((await readdir(dir)).map(async (file) => (await lstat(join(dir, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
