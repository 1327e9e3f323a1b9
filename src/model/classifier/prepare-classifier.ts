import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { HeatboxError } from '../../error.ts';
import { packageRoot } from '../../files/package-root.ts';
import type { Manifest } from '../files/manifest.ts';
import type { ModelParts } from '../files/write-model.ts';
import { readLabels } from '../labels/read-labels.ts';
import { describePreprocessing } from '../preprocessing.ts';
import type { OpenOnnx } from '../run-onnx.ts';
import type { Cam } from '../surgery/index.ts';
import type { Classifier } from './classifier.ts';
import { classifierCam } from './classifier-cam.ts';

/** A classifier made ready, and what there is to say about it. */
export interface Prepared {
  readonly parts: ModelParts;
  readonly cam: Cam;
  /** Sentences for the user, about what was assumed or left out. */
  readonly notes: readonly string[];
}

/**
 * Makes a model of a classifier: the surgery, compared with the original on test pictures, its labels and a manifest.
 *
 * @throws HeatboxError as `makeCam` and `readLabels` do; `LABELS_MISSING` when no labels were given.
 */
export async function prepareClassifier(classifier: Classifier, open: OpenOnnx): Promise<Prepared> {
  const { preprocessing, manifest } = classifier;
  const labelsPath = labelsPathOf(classifier);
  const cam = await classifierCam(classifier, open);
  const { labels, background } = await readLabels(labelsPath, cam.classCount);
  return {
    parts: {
      network: cam.bytes,
      labels,
      manifest: {
        schemaVersion: 1,
        name: classifier.name,
        description:
          manifest?.description ?? `${classifier.name} with a class activation map head, ${cam.classCount} classes`,
        ...(manifest?.groups && { groups: manifest.groups }),
        source: {
          file: basename(classifier.path),
          sha256: createHash('sha256').update(classifier.bytes).digest('hex'),
          conversion: [
            ...(classifier.format === 'onnx' ? [] : ['layers converted to ONNX, kernels stored as float16']),
            'preprocessing in the graph',
            `linear layer before the pooling '${cam.pooling}'`,
          ].join(', '),
        },
        licence: manifest?.licence ?? { spdx: 'unknown', note: 'The licence of the network was not given.' },
        input: inputOf(cam, preprocessing),
        outputs: { maps: 'maps', logits: 'logits' },
        stride: cam.stride,
        classCount: cam.classCount,
      },
    },
    cam,
    notes: [...notes(classifier, cam, background)],
  };
}

/**
 * The labels of a classifier with that many classes; see `readLabels`.
 *
 * @throws HeatboxError `LABELS_MISSING`, `LABELS_INVALID`
 */
export function labelsOf(classifier: Classifier, classCount: number): ReturnType<typeof readLabels> {
  return readLabels(labelsPathOf(classifier), classCount);
}

function labelsPathOf({ labelsPath, path }: Classifier): string {
  if (labelsPath === undefined) {
    throw new HeatboxError('LABELS_MISSING', `no labels were given for ${basename(path)}`, {
      value: path,
      hint: 'Give --labels FILE with one class a line, or --labels imagenet for the 1000 classes of ImageNet.',
      kind: 'usage',
    });
  }
  return labelsPath === 'imagenet' ? join(packageRoot(), 'models', 'resnet50-imagenet', 'labels.json') : labelsPath;
}

function inputOf(cam: Cam, preprocessing: Classifier['preprocessing']): Manifest['input'] {
  return {
    name: 'image',
    layout: 'NHWC',
    type: 'uint8',
    channels: 'RGB',
    multipleOf: cam.multipleOf,
    defaultArea: cam.size.width * cam.size.height,
    ...(cam.fixed.size && { onlySize: cam.size }),
    ...(cam.fixed.batch && { onlyBatch: 1 }),
    preprocessing: `inside the graph: ${describePreprocessing(preprocessing)}`,
  };
}

function* notes(classifier: Classifier, cam: Cam, background: boolean): Generator<string> {
  yield* assumptions(classifier, background);
  if (cam.fixed.size)
    yield `The network takes ${cam.size.width}x${cam.size.height} only; frames are scaled to it, whatever their shape.`;
  if (cam.fixed.batch) yield 'The network takes one frame at a time.';
  if (cam.activation === 'Sigmoid' || (cam.activation === 'sigmoid' && cam.classCount > 2)) {
    yield 'The network ends in a sigmoid a class; heatbox scores its classes against each other, with a softmax.';
  }
}

/** What was taken for granted of a classifier and its labels. */
export function* assumptions(classifier: Classifier, background: boolean): Generator<string> {
  if (classifier.guessed !== undefined) {
    yield `The preprocessing was guessed: ${classifier.guessed}. Give --preprocess if the network was trained with another.`;
  }
  if (background) yield "The network has one class more than there are labels: class 0 is taken for 'background'.";
}
