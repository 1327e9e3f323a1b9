import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { localiseMaps } from '../src/cam/localise-maps.ts';
import { HeatboxError } from '../src/error.ts';
import { type FolderReport, type FolderScore, reportFolders } from '../src/evaluate/folder-report.ts';
import { THRESHOLDS } from '../src/evaluate/settings.ts';
import { type ImageTruth, parseImageTruth } from '../src/evaluate/truth.ts';
import { readText } from '../src/files/read-text.ts';
import { openEngine } from '../src/inference/open-engine.ts';
import { readImage } from '../src/media/input/read-image.ts';
import { checkInputSize, chooseInputSize, type Model } from '../src/model/index.ts';
import { NO_CLASS } from '../src/model/teach/index.ts';
import { type EvaluateImagesOptions, scoreOf } from './evaluate-images.ts';
import { loadModel } from './load-model.ts';
import { isImage } from './teach/examples.ts';

/**
 * Measures a model on a folder that has one folder of pictures per class, `none` for those of no class: how well they are told
 * apart, and the boxes of those that have true ones.
 *
 * @throws HeatboxError `BAD_CSV`, `NO_IMAGES`, `BAD_CLASS`, `IMAGE_UNREADABLE`, and what models and engines throw.
 */
export async function evaluateFolders(options: EvaluateImagesOptions): Promise<FolderReport> {
  const { images, boxes, threads, precision } = options;
  const model = await loadModel(options.model);
  const indexOf = (name: string) => model.labels.find((label) => label.name === name)?.index;
  const truths = new Map(
    parseImageTruth(await readText(boxes), boxes, indexOf).map((truth) => [truth.file, truth] as const),
  );
  const files = await filesOf(images, indexOf);
  const onlySize = options.inputSize && checkInputSize(options.inputSize, model);
  const thresholds = options.threshold === undefined ? THRESHOLDS : [options.threshold];
  const { accuracy } = options;
  const engine = await openEngine(model, { threads, precision, accuracy });
  const scores: FolderScore[] = [];
  try {
    for (const { file, truth } of files) {
      const image = await readImage(join(images, file));
      const grid = onlySize ?? chooseInputSize(image.display, model, accuracy);
      const [maps] = await engine.run([image.input(grid)]);
      const told = truth === undefined ? undefined : truths.get(file);
      const answer = bestOf(model, maps!.logits);
      scores.push({ truth, answer, ...(told && boxesOf(told)) });
      maps!.release?.();
      options.onProgress?.(scores.length, files.length);

      function boxesOf(told: ImageTruth) {
        const only = { classes: [told.classIndex], topK: 1, minScore: 0, display: told.size, grid } as const;
        const all = thresholds.map((threshold) => localiseMaps(maps!, { ...only, threshold, regions: 'all' }));
        return {
          boxes: scoreOf(
            told,
            maps!,
            all.map((regions) => regions.map(({ box }) => box)),
          ),
          trueBoxes: told.boxes,
          found: all.map((regions) => regions.map(({ box, score }, rank) => ({ box, score: score / (1 + rank) }))),
        };
      }
    }
  } finally {
    await engine.close();
  }
  return reportFolders(
    scores,
    model.labels.map(({ name }) => name),
    thresholds,
  );
}

/** The most probable class; nothing where that is `none`. */
function bestOf({ labels }: Model, logits: Float32Array): number | undefined {
  const best = logits.reduce((most, logit, index) => (logit > logits[most]! ? index : most), 0);
  return labels[best]!.name === NO_CLASS ? undefined : best;
}

async function filesOf(folder: string, indexOf: (name: string) => number | undefined) {
  const files: { file: string; truth?: number }[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (!(await stat(join(folder, name))).isDirectory()) continue;
    const truth = name === NO_CLASS ? undefined : indexOf(name);
    if (truth === undefined && name !== NO_CLASS) {
      throw new HeatboxError('BAD_CLASS', `the folder ${name} is of no class of the model`, {
        value: name,
        kind: 'usage',
        hint: `Name folders as the classes are named, or ${NO_CLASS}.`,
      });
    }
    const pictures = (await readdir(join(folder, name))).filter((file) => isImage(file) && extname(file) !== '').sort();
    files.push(...pictures.map((file) => ({ file: `${name}/${file}`, ...(truth !== undefined && { truth }) })));
  }
  if (files.length > 0) return files;
  throw new HeatboxError('NO_IMAGES', `${folder} has no folders of pictures`, {
    value: folder,
    kind: 'usage',
    hint: 'Put the pictures of each class into a folder of its name.',
  });
}
