import { basename } from 'node:path';
import { HeatboxError } from '../error.ts';
import { type ClassifierOptions, readClassifier } from './classifier.ts';
import { classifierCam } from './classifier-cam.ts';
import type { ClassifierManifest } from './manifest.ts';
import type { OpenOnnx } from './run-onnx.ts';
import type { Cam } from './surgery/index.ts';

export interface Inspection {
  /** A manifest for the network, to be corrected and put beside it. */
  readonly manifest: ClassifierManifest;
  /** What surgery gives, or why it cannot. */
  readonly cam: Omit<Cam, 'bytes'> | undefined;
  readonly refusal: HeatboxError | undefined;
  /** Why the preprocessing was guessed so; undefined where it was given. */
  readonly guessed: string | undefined;
}

/**
 * Looks at a classifier: what it takes, whether it can give class activation maps, and a manifest that says so, guessed
 * where the file does not tell.
 *
 * @throws HeatboxError `MODEL_NOT_FOUND`, `MODEL_DAMAGED`, `MODEL_MANIFEST_INVALID`, and `MODEL_UNSUPPORTED` for what is
 * no image classifier. That it has no CAM is no error here.
 */
export async function inspectModel(path: string, options: ClassifierOptions & { open: OpenOnnx }): Promise<Inspection> {
  const classifier = await readClassifier(path, options);
  const { preprocessing, layout, size, guessed } = classifier;
  let cam: Cam | undefined;
  let refusal: HeatboxError | undefined;
  try {
    cam = await classifierCam(classifier, options.open);
  } catch (error) {
    if (!(error instanceof HeatboxError) || !['MODEL_NO_CAM', 'MODEL_DIFFERS'].includes(error.code)) throw error;
    refusal = error;
  }
  const manifest: ClassifierManifest = classifier.manifest ?? {
    schemaVersion: 1,
    form: 'classifier',
    name: classifier.name,
    description: '',
    licence: { spdx: 'unknown', note: '' },
    files: { model: { path: basename(classifier.path) }, labels: { path: 'labels.txt' } },
    input: {
      layout: layout ?? cam?.input.layout ?? 'NCHW',
      channels: preprocessing.order,
      range: [...preprocessing.range],
      mean: [...preprocessing.mean],
      std: [...preprocessing.std],
      size: cam?.size ?? size ?? { width: 224, height: 224 },
    },
  };
  const { bytes: _, ...seen } = cam ?? { bytes: undefined };
  return { manifest, cam: cam && (seen as Omit<Cam, 'bytes'>), refusal, guessed };
}
