import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import type { Classifier } from '../classifier/classifier.ts';
import { labelsOf } from '../classifier/prepare-classifier.ts';
import { checkChecksums } from '../files/checksums.ts';
import { buildLabelTree } from '../labels/label-tree.ts';
import { readWordnet } from '../labels/wordnet.ts';
import type { Model } from '../model.ts';
import { describePreprocessing } from '../preprocessing.ts';
import { networkOf, tfjsHead } from './head.ts';

/**
 * A classifier of TensorFlow.js as a model that TensorFlow.js itself runs: nothing is converted.
 *
 * @throws HeatboxError as `tfjsHead` does; `MODEL_DAMAGED`, `LABELS_MISSING`, `LABELS_INVALID`
 */
export async function tfjsModel(classifier: Classifier): Promise<Model> {
  const dir = dirname(classifier.path);
  await checkChecksums(dir);
  const tfjs = networkOf(classifier)!;
  const head = await tfjsHead(tfjs);
  const { labels } = await labelsOf(classifier, head.classCount);
  const size = classifier.size ?? head.size ?? { width: 224, height: 224 };
  const { manifest, bytes, name, path, preprocessing } = classifier;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    name,
    dir,
    networkPath: path,
    tfjs,
    labels,
    tree: buildLabelTree(labels, await readWordnet()),
    manifest: {
      schemaVersion: 1,
      name,
      description: manifest?.description ?? '',
      ...(manifest?.groups && { groups: manifest.groups }),
      source: { file: basename(path), sha256, conversion: 'none: it is run by TensorFlow.js' },
      licence: manifest?.licence ?? { spdx: 'unknown', note: '' },
      files: {
        model: { path: basename(path), sha256, bytes: bytes.length },
        labels: {
          path: basename(classifier.labelsPath!),
          sha256: hashOf(labels),
          bytes: JSON.stringify(labels).length,
        },
      },
      input: {
        name: 'image',
        layout: 'NHWC',
        type: 'uint8',
        channels: 'RGB',
        multipleOf: head.stride,
        defaultArea: size.width * size.height,
        ...(head.fixed && { onlySize: size }),
        preprocessing: `before the network: ${describePreprocessing(preprocessing)}`,
      },
      outputs: { maps: 'maps', logits: 'logits' },
      stride: head.stride,
      classCount: head.classCount,
    },
  };
}

function hashOf(labels: unknown): string {
  return createHash('sha256').update(JSON.stringify(labels)).digest('hex');
}
