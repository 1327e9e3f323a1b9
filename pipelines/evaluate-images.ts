import { join } from 'node:path';
import type { AccuracyName } from '../src/cam/accuracy.ts';
import { localiseMaps } from '../src/cam/localise-maps.ts';
import { HeatboxError } from '../src/error.ts';
import { type ImageReport, type ImageScore, reportImages } from '../src/evaluate/image-report.ts';
import { CENTRED_SIDES, centredBox, THRESHOLDS } from '../src/evaluate/settings.ts';
import { type ImageTruth, parseImageTruth } from '../src/evaluate/truth.ts';
import { readText } from '../src/files/read-text.ts';
import { openEngine } from '../src/inference/open-engine.ts';
import type { PrecisionWish } from '../src/inference/providers/precision.ts';
import { readImage, type StillImage } from '../src/media/input/read-image.ts';
import { checkInputSize, chooseInputSize, type Model } from '../src/model/index.ts';
import { overlap } from '../src/track/association/overlap.ts';
import type { Box, ClassMaps, Size } from '../src/types.ts';
import { loadModel } from './load-model.ts';

/** Options of {@link evaluateImages}. */
export interface EvaluateImagesOptions {
  /** The folder of the images. */
  readonly images: string;
  /** The CSV file with their classes and boxes; see `parseImageTruth`. */
  readonly boxes: string;
  /** A model's name, or its folder. Defaults to `resnet50-imagenet`. */
  readonly model?: string;
  /** How much work goes into the maps. Defaults to `fast`. */
  readonly accuracy?: AccuracyName;
  /** Pixels. Defaults to what suits the accuracy and each image's aspect ratio. */
  readonly inputSize?: Size;
  /** The only threshold. Defaults to those that cross-validation chooses. */
  readonly threshold?: number;
  /** What the network computes in. Defaults to `auto`. */
  readonly precision?: PrecisionWish;
  /** Threads of the network. Defaults to all cores. */
  readonly threads?: number;
  /** Called as it goes on. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** What {@link evaluateImages} found. */
export interface EvaluatedImages {
  /** The figures. */
  readonly report: ImageReport;
  /** What was measured. */
  readonly model: Model;
  /** Each image's true boxes and the box it was scored by, in the pixels of its truth, the worst image first. */
  readonly worst: (
    count: number,
  ) => readonly { file: string; truth: readonly Box[]; found: Box | undefined; size: Size }[];
}

/** An image's boxes at a threshold: of the largest region, and of all. */
interface Found {
  readonly truth: ImageTruth;
  readonly largest: readonly (Box | undefined)[];
}

/**
 * Measures the localisation of true classes on images with boxes, as `annotate` localises.
 *
 * @throws HeatboxError `BAD_CSV`, `IMAGE_UNREADABLE`, `NO_IMAGES`, `BAD_CLASS`, and what models and engines throw.
 */
export async function evaluateImages(options: EvaluateImagesOptions): Promise<EvaluatedImages> {
  const told = parseImageTruth(await readText(options.boxes), options.boxes);
  if (told.length === 0) {
    throw new HeatboxError('NO_IMAGES', `${options.boxes} has no boxes`, { value: options.boxes, kind: 'usage' });
  }
  const model = await loadModel(options.model);
  const truths = told.map((truth) => inClassesOf(model, truth));
  const unknown = truths.find(({ classIndex }) => model.labels[classIndex] === undefined);
  if (unknown !== undefined) {
    throw new HeatboxError(
      'BAD_CLASS',
      `${unknown.file} is of class ${unknown.classIndex}, which the model does not have`,
      {
        value: unknown.classIndex,
        kind: 'usage',
        hint: `Its classes go from 0 to ${model.labels.length - 1}.`,
      },
    );
  }
  const onlySize = options.inputSize && checkInputSize(options.inputSize, model);
  const thresholds = options.threshold === undefined ? THRESHOLDS : [options.threshold];
  const { threads, precision, accuracy } = options;
  const engine = await openEngine(model, { threads, precision, accuracy });
  const scores: ImageScore[] = [];
  const founds = new Map<string, Found>();

  async function one(truth: ImageTruth, image: StillImage): Promise<void> {
    const grid = onlySize ?? chooseInputSize(image.display, model, accuracy);
    const [maps] = await engine.run([image.input(grid)]);
    const found = thresholds.map((threshold) => {
      const only = { classes: [truth.classIndex], topK: 1, minScore: 0, regions: 'all' } as const;
      return localiseMaps(maps!, { ...only, display: truth.size, grid, threshold }).map(({ box }) => box);
    });
    founds.set(truth.file, { truth, largest: found.map(([box]) => box) });
    scores.push(scoreOf(truth, maps!, found));
    options.onProgress?.(scores.length, truths.length);
  }

  try {
    // The next image is read while the network has the one before.
    let next = readImage(join(options.images, truths[0]!.file));
    for (const [position, truth] of truths.entries()) {
      const image = await next;
      const following = truths[position + 1];
      if (following !== undefined) next = readImage(join(options.images, following.file));
      next.catch(() => {});
      await one(truth, image);
    }
  } finally {
    await engine.close();
  }
  const report = reportImages(scores, thresholds);
  return {
    report,
    model,
    worst: (count) =>
      report.overlaps.slice(0, count).map(({ file, threshold }) => {
        const { truth, largest } = founds.get(file)!;
        return { file, truth: truth.boxes, found: largest[thresholds.indexOf(threshold)], size: truth.size };
      }),
  };
}

/** Networks number their classes differently, as those with a background; a WordNet id is the same in all. */
function inClassesOf({ labels }: Model, truth: ImageTruth): ImageTruth {
  const label = truth.wnid === undefined ? undefined : labels.find(({ wnid }) => wnid === truth.wnid);
  return { ...truth, classIndex: label?.index ?? truth.classIndex };
}

/** Overlaps of an image's boxes with the true ones. */
export function scoreOf(truth: ImageTruth, { logits }: ClassMaps, found: readonly (readonly Box[])[]): ImageScore {
  const nearest = (box: Box) => Math.max(...truth.boxes.map((one) => overlap(box, one)));
  return {
    file: truth.file,
    classIndex: truth.classIndex,
    rank: logits.filter((logit) => logit > logits[truth.classIndex]!).length,
    largest: found.map(([box]) => (box === undefined ? 0 : nearest(box))),
    any: found.map((boxes) => Math.max(0, ...boxes.map(nearest))),
    centred: CENTRED_SIDES.map((side) => nearest(centredBox(truth.size, side))),
  };
}
