import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { HeatboxError } from '../../error.ts';
import type { Size } from '../../types.ts';
import { readLayersModel } from '../convert/layers-model.ts';
import { readTfjsFiles } from '../convert/tfjs-files.ts';
import { pathInside, readInside } from '../files/inside.ts';
import { type ClassifierManifest, classifierSchema } from '../files/manifest.ts';
import { parseManifest } from '../files/parse-manifest.ts';
import { readOnnx, readWholeOnnx } from '../onnx/index.ts';
import { type Preprocessing, preprocessingNamed } from '../preprocessing.ts';
import { guessFromNames } from './guess-from-names.ts';
import { guessPreprocessing, type PreprocessingGuess } from './guess-preprocessing.ts';

const MOST_MANIFEST = 16 * 1024 * 1024;

/** `tfjs-layers`: Keras' layers; `tfjs-graph`: a graph of TensorFlow's operators. */
export type ClassifierFormat = 'onnx' | 'tfjs-layers' | 'tfjs-graph';

/** A classifier as it was exported, and all that is known of how to use it. */
export interface Classifier {
  /** Absolute path of the network's file: ONNX, or the `model.json` of a TensorFlow.js model. */
  readonly path: string;
  readonly format: ClassifierFormat;
  /** All of it: the ONNX file with the weights outside of it, or `model.json` and then its weight files. */
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly preprocessing: Preprocessing;
  /** Why the preprocessing was guessed so; undefined where it was given. */
  readonly guessed: string | undefined;
  readonly layout: 'NCHW' | 'NHWC' | undefined;
  readonly size: Size | undefined;
  readonly output: string | undefined;
  readonly labelsPath: string | undefined;
  readonly manifest: ClassifierManifest | undefined;
}

export interface ClassifierOptions {
  /** Name of a preprocessing; the manifest's numbers, or a guess, otherwise. */
  readonly preprocess?: string;
  readonly labels?: string;
  readonly name?: string;
  readonly output?: string;
}

/**
 * Reads a classifier and the `manifest.json` beside it, if there is one that speaks of it.
 *
 * @param path - an ONNX file or the `model.json` of a TensorFlow.js model; its `manifest.json`, or the folder of both.
 * @throws HeatboxError `MODEL_NOT_FOUND`, `MODEL_DAMAGED`, `MODEL_MANIFEST_INVALID`, `BAD_PREPROCESS`
 */
export async function readClassifier(path: string, options: ClassifierOptions = {}): Promise<Classifier> {
  const named = options.preprocess === undefined ? undefined : preprocessingNamed(options.preprocess);
  const { networkPath, manifest } = await locate(resolve(path));
  const { format, bytes, guessed: guess } = await readNetwork(networkPath, (named ?? manifest) === undefined);
  const file = fileName(networkPath);
  const own = manifest && preprocessingOf(manifest);
  return {
    path: networkPath,
    format,
    bytes,
    name: options.name ?? manifest?.name ?? (file.replaceAll(/[^\w.-]+/g, '-').replace(/^\.+/, '') || 'model'),
    preprocessing: named ?? own ?? guess!.preprocessing,
    guessed: guess && `${guess.name}, since ${guess.because}`,
    layout: manifest?.input.layout,
    size: manifest?.input.size,
    output: options.output ?? manifest?.output,
    labelsPath: options.labels ?? (manifest && join(dirname(networkPath), manifest.files.labels.path)),
    manifest,
  };
}

async function readNetwork(
  path: string,
  guess: boolean,
): Promise<Pick<Classifier, 'format' | 'bytes'> & { guessed: PreprocessingGuess | undefined }> {
  if (extname(path) !== '.json') {
    const bytes = await readWholeOnnx(path);
    return { format: 'onnx', bytes, guessed: guess ? guessPreprocessing(readOnnx(bytes), fileName(path)) : undefined };
  }
  const { format, bytes } = await readTfjsFiles(path);
  if (!guess) return { format, bytes, guessed: undefined };
  const layers = format === 'tfjs-layers' ? await readLayersModel(path) : undefined;
  return { format, bytes, guessed: guessFromNames(layers, fileName(path)) };
}

/** The file's name without its ending; every TensorFlow.js model is called `model.json`, so the folder's there. */
function fileName(path: string): string {
  const name = basename(path, extname(path));
  return basename(path) === 'model.json' ? basename(dirname(path)) : name;
}

function preprocessingOf({ input }: ClassifierManifest): Preprocessing {
  return { order: input.channels, range: input.range, mean: input.mean, std: input.std };
}

async function locate(path: string): Promise<{ networkPath: string; manifest: ClassifierManifest | undefined }> {
  const kind = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw notFound(path, cause.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${cause.message}`, cause);
  });
  // A pipe or a device may never end.
  if (!kind.isDirectory() && !kind.isFile()) throw notFound(path, 'is neither a file nor a folder');
  const isManifest = kind.isDirectory() || basename(path) === 'manifest.json';
  const manifestPath = kind.isDirectory() ? join(path, 'manifest.json') : join(dirname(path), 'manifest.json');
  const network = kind.isDirectory() && existsSync(join(path, 'model.json')) ? join(path, 'model.json') : undefined;
  const text = await readInside(dirname(manifestPath), basename(manifestPath), MOST_MANIFEST).then(String, (cause) => {
    if (cause instanceof HeatboxError) throw cause;
    if (!isManifest || network !== undefined) return undefined;
    throw new HeatboxError('MODEL_NOT_FOUND', `${manifestPath} cannot be read`, {
      hint: `Make one with 'heatbox models inspect FILE > ${manifestPath}'.`,
      value: manifestPath,
      cause,
      kind: 'usage',
    });
  });
  if (network !== undefined) await requireInside(network);
  if (text === undefined) return { networkPath: network ?? path, manifest: undefined };
  // The folder may hold another network's manifest, as that of a model which is ready.
  const names = text.includes('"classifier"');
  if (!isManifest && !names) return { networkPath: path, manifest: undefined };
  const manifest = parseManifest(classifierSchema, text, manifestPath);
  const networkPath = join(dirname(manifestPath), manifest.files.model.path);
  if (isManifest) await requireInside(networkPath);
  await requireInside(join(dirname(networkPath), manifest.files.labels.path));
  if (isManifest || networkPath === path) return { networkPath, manifest };
  return { networkPath: path, manifest: undefined };
}

/** What the manifest names, not the user. What is missing is for its reader to say. */
async function requireInside(path: string): Promise<void> {
  await pathInside(dirname(path), basename(path)).catch((cause: unknown) => {
    if (cause instanceof HeatboxError) throw cause;
  });
}

function notFound(path: string, reason: string, cause?: unknown): HeatboxError {
  return new HeatboxError('MODEL_NOT_FOUND', `${path} ${reason}`, {
    hint: 'Give an ONNX file, the model.json of a TensorFlow.js model, or a folder with a manifest.json.',
    value: path,
    cause,
    kind: 'usage',
  });
}
