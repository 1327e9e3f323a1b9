import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HeatboxError } from '../../error.ts';
import { packageRoot } from '../../files/package-root.ts';
import { type Classifier, type ClassifierOptions, readClassifier } from '../classifier/classifier.ts';
import { assumptions, labelsOf, type Prepared, prepareClassifier } from '../classifier/prepare-classifier.ts';
import { userModels } from '../files/folders.ts';
import { writeModel } from '../files/write-model.ts';
import { loadModel } from '../load-model.ts';
import type { Model } from '../model.ts';
import type { OpenOnnx } from '../run-onnx.ts';
import { networkOf, tfjsHead } from '../tfjs/head.ts';
import { writeTfjsModel } from '../tfjs/write-tfjs-model.ts';

/** A model that was added, and what there is to say about it; `cam` where it was rewritten. */
export interface AddedModel extends Pick<Prepared, 'notes'>, Partial<Pick<Prepared, 'cam'>> {
  readonly model: Model;
}

export interface AddModelOptions extends ClassifierOptions {
  /** Runs the networks, to look into the original and to compare. */
  readonly open: OpenOnnx;
  /** Replace a model of that name. */
  readonly force?: boolean;
  /** Where models are kept; the user's folder otherwise. */
  readonly folder?: string;
}

/**
 * Adds a classifier to the user's models: rewritten to give class activation maps, compared with the original, stored
 * under a name that `loadModel` finds.
 *
 * @param path - an ONNX file or a `model.json` of TensorFlow.js, or a folder with one and its `manifest.json`.
 * @throws HeatboxError as `readClassifier` and `prepareClassifier` do; `MODEL_EXISTS` for a name that is taken.
 */
export async function addModel(path: string, options: AddModelOptions): Promise<AddedModel> {
  const classifier = await readClassifier(path, options);
  const { name } = classifier;
  if (!/^[\w-][\w.-]*$/.test(name)) {
    throw new HeatboxError('BAD_MODEL_NAME', `'${name}' cannot be the name of a model`, {
      value: name,
      hint: 'Use letters, digits, dots, dashes and underscores.',
      kind: 'usage',
    });
  }
  if (existsSync(join(packageRoot(), 'models', name))) {
    throw new HeatboxError('MODEL_EXISTS', `a model '${name}' ships with heatbox`, {
      value: name,
      hint: 'Give another name with --name.',
      kind: 'usage',
    });
  }
  const folder = join(options.folder ?? userModels(), name);
  if (classifier.format === 'tfjs-graph') return addGraph(classifier, folder, options.force ?? false);
  const { parts, cam, notes } = await prepareClassifier(classifier, options.open);
  await writeModel(folder, parts, options.force);
  return { model: await loadModel(folder), cam, notes };
}

/** A graph of TensorFlow's operators is not rewritten: TensorFlow.js runs it. */
async function addGraph(classifier: Classifier, folder: string, replace: boolean): Promise<AddedModel> {
  const head = await tfjsHead(networkOf(classifier)!);
  const { labels, background } = await labelsOf(classifier, head.classCount);
  await writeTfjsModel(folder, classifier, { labels, head }, replace);
  const notes = [...assumptions(classifier, background), 'TensorFlow.js runs it: it has to be installed.'];
  return { model: await loadModel(folder), notes };
}
