import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeatboxError } from '../../src/error.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import type { Engine } from '../../src/inference/engine.ts';
import { openEngine } from '../../src/inference/open-engine.ts';
import type { PrecisionWish } from '../../src/inference/providers/precision.ts';
import { openOnnx } from '../../src/inference/sessions/open-onnx.ts';
import { readImage } from '../../src/media/input/read-image.ts';
import { loadModel, type Model, userModels } from '../../src/model/index.ts';
import {
  checkCounts,
  type Example,
  NO_CLASS,
  type Report,
  readBackground,
  reportTraining,
  trainHead,
  writeTaught,
} from '../../src/model/teach/index.ts';
import { pooledInputs, pooledViews } from '../../src/operators/pooled-views.ts';
import type { Label } from '../../src/types.ts';
import { framesOf } from '../calibration-pictures.ts';
import { isImage, type TeachFile, teachFiles } from './examples.ts';

export interface TeachOptions {
  /** A folder with a folder of pictures or clips per class, or pictures and clips of one class, which is called `name`. */
  readonly paths: readonly string[];
  /** Of the model. */
  readonly name: string;
  /** A folder of pictures that show none of the classes. */
  readonly negatives?: string;
  /** Keep the classes of the model it is taught on. */
  readonly keepClasses?: boolean;
  /** The model it is taught on; the one that ships where absent. */
  readonly from?: string;
  /** Replace a model of that name. */
  readonly force?: boolean;
  readonly precision?: PrecisionWish;
  readonly threads?: number;
  readonly onProgress?: (done: number, all: number) => void;
}

export interface Taught {
  readonly model: Model;
  readonly report: Report;
  /** Names of the taught classes. */
  readonly classes: readonly string[];
  /** What the positions in the report stand for. */
  readonly files: readonly TeachFile[];
}

/** Frames of a clip that are learned from. */
const CLIP_FRAMES = 8;

/**
 * Teaches classes from a few pictures each: a head on the pooled features of a model whose network stays as it is, kept as a
 * model of its own in the user's folder.
 *
 * @throws HeatboxError `TEACH_…`, `NO_IMAGES`, `IMAGE_UNREADABLE`, `FILE_UNREADABLE`, `BAD_MODEL_NAME`, `MODEL_EXISTS`, and
 * what models and engines throw.
 */
export async function teach(options: TeachOptions): Promise<Taught> {
  const { name, paths, negatives, keepClasses = false, force = false, precision, threads } = options;
  const folder = folderFor(name, force);
  const trunk = await trunkOf(options.from);
  const sources = await teachFiles(paths, name, negatives);
  const classes = [...new Set(sources.map(({ className }) => className))].filter((one) => one !== NO_CLASS).sort();
  const counts = new Map(classes.map((one) => [one, sources.filter(({ className }) => className === one)]));
  const background = trunk.backgroundPath
    ? readBackground(await readFile(trunk.backgroundPath), trunk.backgroundPath)
    : [];
  const hasRest = background.length > 0 || sources.some(({ className }) => className === NO_CLASS);
  checkCounts(new Map([...counts].map(([one, files]) => [one, weightOf(files)])), hasRest);

  const engine = await openEngine(trunk, { precision, threads, accuracy: 'fast', favour: 'throughput' });
  const examples: Example[] = [];
  const files: TeachFile[] = [];
  try {
    let done = 0;
    const all = await inLanes(sources, engine.workers ?? 1, async (file) => {
      const pictures = await viewsOf(file, trunk, engine);
      options.onProgress?.(++done, sources.length);
      return pictures;
    });
    for (const [at, pictures] of all.entries()) {
      const { className } = sources[at]!;
      for (const views of pictures) {
        examples.push({ ...(className !== NO_CLASS && { classIndex: classes.indexOf(className) }), views });
        files.push(sources[at]!);
      }
    }
  } finally {
    await engine.close();
  }
  const { head, unseen } = trainHead(examples, classes.length, background);
  const labels = labelsFor(classes, keepClasses ? trunk.labels : undefined);
  await writeTaught(folder, { name, trunk, head, labels, keepClasses, pictures: examples.length }, force);
  const report = reportTraining(examples, classes.length, unseen);
  return { model: await loadModel(folder), report, classes, files };
}

/** @throws HeatboxError `BAD_MODEL_NAME`, `MODEL_EXISTS` */
function folderFor(name: string, force: boolean): string {
  if (!/^[\w-][\w.-]*$/.test(name)) {
    throw new HeatboxError('BAD_MODEL_NAME', `'${name}' cannot be the name of a model`, {
      value: name,
      hint: 'Use letters, digits, dots, dashes and underscores.',
      kind: 'usage',
    });
  }
  const ships = existsSync(join(packageRoot(), 'models', name));
  const folder = join(userModels(), name);
  // Before the pictures are looked at, which takes its time.
  if (ships || (existsSync(folder) && !force)) {
    throw new HeatboxError(
      'MODEL_EXISTS',
      ships ? `a model '${name}' ships with heatbox` : `there is a model '${name}' already`,
      {
        value: name,
        hint: ships ? 'Give another name with --name.' : 'Give another name with --name, or --force to replace it.',
        kind: 'usage',
      },
    );
  }
  return folder;
}

/** @throws HeatboxError `TEACH_NO_POOLING` for what TensorFlow.js alone runs, `TEACH_TRUNK` for what is not found by its name. */
async function trunkOf(from: string | undefined): Promise<Model> {
  const model = await loadModel(from, { open: openOnnx });
  if (model.head !== undefined) {
    throw new HeatboxError('TEACH_TRUNK', `${model.name} was taught itself; its network is that of another model`, {
      value: from,
      kind: 'usage',
      hint: 'Teach the model that it was taught on; heatbox models list shows them.',
    });
  }
  if (model.tfjs !== undefined) {
    throw new HeatboxError('TEACH_NO_POOLING', `${model.name} runs in TensorFlow.js only, which gives no features`, {
      value: from,
      kind: 'usage',
      hint: 'Teach an ONNX model, e.g. resnet50-imagenet.',
    });
  }
  const byName = await loadModel(model.name).catch(() => undefined);
  if (byName?.manifest.files.model.sha256 === model.manifest.files.model.sha256) return byName;
  throw new HeatboxError('TEACH_TRUNK', `${from} is not among the models that are found by their names`, {
    value: from,
    kind: 'usage',
    hint: 'Add it first with heatbox models add: the taught model uses its networks where they are.',
  });
}

/** A clip shows its object more than once. */
function weightOf(files: readonly TeachFile[]): number {
  return files.reduce((sum, { path }) => sum + (isImage(path) ? 1 : CLIP_FRAMES), 0);
}

/** The views of each picture of a file. */
async function viewsOf({ path }: TeachFile, model: Model, engine: Engine): Promise<Float32Array[][]> {
  if (isImage(path)) return [await pooledViews(await readImage(path), model, engine)];
  const frames = await framesOf(path, model, CLIP_FRAMES);
  return Promise.all(frames.map(async (frame) => pooledInputs([frame], engine)));
}

function labelsFor(classes: readonly string[], own: readonly Label[] | undefined): Label[] {
  const named = (name: string, index: number): Label => ({ index, wnid: '', name, names: [name] });
  if (own !== undefined) return [...own, ...classes.map((name, at) => named(name, own.length + at))];
  return [...classes, NO_CLASS].map(named);
}

/** As many at a time, in their order. */
async function inLanes<In, Out>(items: readonly In[], lanes: number, work: (item: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at]!);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
