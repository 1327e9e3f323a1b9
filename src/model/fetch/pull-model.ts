import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../files/package-root.ts';
import { checkChecksums, writeChecksums } from '../files/checksums.ts';
import { digestOf } from '../files/digest.ts';
import { cacheFolder, userModels } from '../files/folders.ts';
import { entryNamed, type RegistryEntry, readRegistry, type Source } from '../files/registry.ts';
import { putFolder } from '../files/write-model.ts';
import { loadModel } from '../load-model.ts';
import type { Model } from '../model.ts';
import type { OpenOnnx } from '../run-onnx.ts';
import { type DownloadOptions, download } from './download.ts';
import { sourceUrl } from './source-url.ts';
import { unpack } from './unpack.ts';

export interface PullOptions extends Pick<DownloadOptions, 'offline' | 'stallMs' | 'attempts' | 'signal'> {
  /** A registry's file; the one that ships with heatbox where absent. */
  readonly registry?: string;
  /** Runs the network, if it has to be made ready. */
  readonly open: OpenOnnx;
  /** Called with the bytes that are there, of all. */
  readonly onProgress?: (received: number, total: number) => void;
}

/**
 * Fetches a model of the registry into the user's models: every file compared with its hash, the folder put in its place
 * when it is whole, and the network made ready. A model that is there and sound is not fetched again.
 *
 * @returns the model, and whether anything had to be fetched.
 * @throws HeatboxError `MODEL_UNKNOWN`, as `download` and `unpack` do, and as `loadModel` does.
 */
export async function pullModel(name: string, options: PullOptions): Promise<{ model: Model; fetched: boolean }> {
  const entry = entryNamed(name, await readRegistry(options.registry));
  const folder = join(userModels(), name);
  const there = await sound(folder);
  if (!there) await fetchInto(folder, entry, options);
  return { model: await loadModel(folder, { open: options.open }), fetched: !there };
}

async function fetchInto(folder: string, entry: RegistryEntry, options: PullOptions): Promise<void> {
  const total = entry.sources.reduce((sum, { bytes }) => sum + bytes, 0);
  const downloads: { source: Source; path: string }[] = [];
  let before = 0;
  for (const source of entry.sources) {
    const digest = digestOf(source);
    const path = join(cacheFolder(), 'downloads', digest.hex.slice(0, 32));
    const onProgress = (received: number) => options.onProgress?.(before + received, total);
    await download({ ...options, url: await sourceUrl(source), path, digest, bytes: source.bytes, onProgress });
    downloads.push({ source, path });
    before += source.bytes;
    options.onProgress?.(before, total);
  }
  try {
    await putFolder(
      folder,
      async () => !(await sound(folder)),
      async (work) => {
        for (const { source, path } of downloads) await unpack(source, path, work);
        if (entry.labels === 'imagenet') {
          const labels = join(packageRoot(), 'models', 'resnet50-imagenet', 'labels.json');
          await copyFile(labels, join(work, entry.manifest.files.labels.path));
        }
        await writeFile(join(work, 'manifest.json'), `${JSON.stringify(entry.manifest, null, 2)}\n`);
        await writeChecksums(work);
      },
    );
  } catch (error) {
    // What another process has put there meanwhile is as good, and may be in use.
    if (!(await sound(folder))) throw error;
  }
  for (const { path } of downloads) await rm(path, { force: true });
}

/** Whether the folder has a model, fetched before and unchanged. */
async function sound(folder: string): Promise<boolean> {
  try {
    return (await checkChecksums(folder)) > 0;
  } catch {
    return false;
  }
}
