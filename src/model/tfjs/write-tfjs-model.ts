import { copyFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Label } from '../../types.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { manifestOf } from '../classifier/classifier-manifest.ts';
import { readTfjsFiles } from '../convert/tfjs-files.ts';
import { writeChecksums } from '../files/checksums.ts';
import { pathInside } from '../files/inside.ts';
import { labelsFile, putFolder } from '../files/write-model.ts';
import type { TfjsHead } from './network.ts';

/**
 * Writes a model folder with a network of TensorFlow.js as it is, its labels, a manifest and the hashes of all: what
 * `models pull` writes of one.
 *
 * @throws HeatboxError `MODEL_EXISTS`, `MODEL_UNWRITABLE`
 */
export async function writeTfjsModel(
  folder: string,
  classifier: Classifier,
  { labels, head }: { readonly labels: readonly Label[]; readonly head: TfjsHead },
  replace: boolean,
): Promise<void> {
  const { weights } = await readTfjsFiles(classifier.path);
  const known = manifestOf(classifier, { size: head.size });
  const files = { model: { path: 'model.json' }, labels: { path: 'labels.json' } };
  const { order, range, mean, std } = classifier.preprocessing;
  const input = { ...known.input, channels: order, range, mean, std };
  const manifest = { ...known, name: classifier.name, files, input };
  await putFolder(folder, replace, async (work) => {
    await copyFile(classifier.path, join(work, 'model.json'));
    const from = dirname(classifier.path);
    for (const name of weights) await copyFile(await pathInside(from, name), join(work, name));
    await writeFile(join(work, 'labels.json'), labelsFile(labels));
    await writeFile(join(work, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await writeChecksums(work);
  });
}
