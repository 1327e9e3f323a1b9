import { resolve } from 'node:path';
import { HeatboxError } from '../../error.ts';
import { type ClassifierOptions, readClassifier } from '../classifier/classifier.ts';
import { type Prepared, prepareClassifier } from '../classifier/prepare-classifier.ts';
import { writeModel } from '../files/write-model.ts';
import { loadModel } from '../load-model.ts';
import type { Model } from '../model.ts';
import type { OpenOnnx } from '../run-onnx.ts';

export interface ConvertModelOptions extends Omit<ClassifierOptions, 'output'> {
  /** Runs the converted network, to see which sizes it takes. */
  readonly open: OpenOnnx;
  /** The folder to write. */
  readonly folder: string;
  /** Replace a folder that is there. */
  readonly force?: boolean;
}

/**
 * Converts a TensorFlow.js layers model to ONNX with class activation maps, as a model folder that `loadModel` takes.
 *
 * @param path - its `model.json`, or the folder with it.
 * @throws HeatboxError as `readClassifier` and `prepareClassifier` do; `MODEL_EXISTS`; `MODEL_UNSUPPORTED` for an ONNX file.
 */
export async function convertModel(path: string, options: ConvertModelOptions): Promise<{ model: Model } & Prepared> {
  const classifier = await readClassifier(path, options);
  if (classifier.format === 'onnx') {
    throw new HeatboxError('MODEL_UNSUPPORTED', `${path} is an ONNX file already`, {
      value: path,
      hint: `Add it as it is: heatbox models add ${path} --labels FILE`,
      kind: 'usage',
    });
  }
  const prepared = await prepareClassifier(classifier, options.open);
  const folder = resolve(options.folder);
  await writeModel(folder, prepared.parts, options.force);
  return { model: await loadModel(folder), ...prepared };
}
