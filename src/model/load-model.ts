import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HeatboxError } from '../error.ts';
import { packageRoot } from '../files/package-root.ts';
import { networkOptions } from '../options/analysis.ts';
import type { Classifier } from './classifier/classifier.ts';
import { cacheFolder, userModels } from './files/folders.ts';
import { pathInside, readInside, readRegular } from './files/inside.ts';
import { labelsSchema, manifestSchema } from './files/manifest.ts';
import { parseManifest } from './files/parse-manifest.ts';
import { checkHash, checkSize, unreadable } from './files/verify-file.ts';
import { buildLabelTree } from './labels/label-tree.ts';
import { readWordnet } from './labels/wordnet.ts';
import type { Model } from './model.ts';
import type { OpenOnnx } from './run-onnx.ts';

/** The model that ships with heatbox. */
export const defaultModel = networkOptions.model.default;

/** Of a manifest. */
const MOST_TEXT = 16 * 1024 * 1024;

export interface LoadModelOptions {
  /** Runs a network while it is made ready; needed only for classifiers as they were exported. */
  readonly open?: OpenOnnx;
  /** Take a model of TensorFlow.js as it is, for TensorFlow.js to run. Graph models always are. */
  readonly tfjs?: boolean;
}

/**
 * Reads a model, and of its networks the sizes; `verifyNetworks` reads those as well.
 *
 * @param which - the name of a model that ships with heatbox or was added by the user; a folder with a `manifest.json`;
 * a file in such a folder. The manifest may be that of a classifier as it was exported: then it is made ready, which
 * takes some seconds, and kept in the cache for the next time.
 * @throws HeatboxError `MODEL_NOT_FOUND` when there is no such folder or name, `MODEL_MANIFEST_INVALID` when its manifest
 * or labels cannot be understood, `MODEL_DAMAGED` when a file is missing or is not the one the manifest was made for,
 * `MODEL_UNREADABLE` when the system does not let a file be read; for a classifier what `prepareClassifier` throws.
 */
export async function loadModel(which: string = defaultModel, options: LoadModelOptions = {}): Promise<Model> {
  const found = await find(which);
  if (found.ready) return loadFolder(found.dir);
  // Most runs are of models that are ready; what makes one so is loaded when one is not.
  const { readClassifier } = await import('./classifier/classifier.ts');
  const classifier = await readClassifier(found.path);
  const asItIs = classifier.format === 'tfjs-graph' || (options.tfjs && classifier.format === 'tfjs-layers');
  if (asItIs) return (await import('./tfjs/tfjs-model.ts')).tfjsModel(classifier);
  return loadFolder(await madeReady(found.path, classifier, options.open));
}

/**
 * The folder of a model, by what `loadModel` takes.
 *
 * @throws HeatboxError `MODEL_NOT_FOUND`
 */
export async function modelFolder(which: string): Promise<string> {
  const found = await find(which);
  if (found.ready) return found.dir;
  return (await isFile(found.path)) ? dirname(found.path) : found.path;
}

async function loadFolder(dir: string): Promise<Model> {
  const manifestPath = join(dir, 'manifest.json');
  const text = await readText(dir, 'manifest.json');
  if (formOf(text) === 'taught') {
    return (await import('./teach/load-taught.ts')).loadTaught(dir, text, (trunk) => loadModel(trunk));
  }
  const manifest = parseManifest(manifestSchema, text, manifestPath);
  const networkPath = join(dir, manifest.files.model.path);
  const labelsPath = join(dir, manifest.files.labels.path);
  const { int8, outline, background } = manifest.files;
  const int8Path = int8 && join(dir, int8.path);
  const outlinePath = outline && join(dir, outline.path);
  const backgroundPath = background && join(dir, background.path);
  const { model: network, labels: names } = manifest.files;
  for (const file of [network, names, int8, outline, background]) if (file) await requireInside(dir, file.path);
  await checkSize(networkPath, manifest.files.model);
  if (int8Path) await checkSize(int8Path, int8);
  if (outlinePath) await checkSize(outlinePath, outline);
  if (backgroundPath) await checkSize(backgroundPath, background);
  await checkSize(labelsPath, manifest.files.labels);
  await checkHash(labelsPath, manifest.files.labels);
  const labels = parseManifest(labelsSchema, await readFile(labelsPath, 'utf8'), labelsPath);
  if (labels.length !== manifest.classCount) {
    throw new HeatboxError(
      'MODEL_MANIFEST_INVALID',
      `${labelsPath} has ${labels.length} labels, but the manifest says ${manifest.classCount} classes`,
      { hint: 'Give every class of the network one label.', value: labels.length, kind: 'usage' },
    );
  }
  const tree = buildLabelTree(labels, await readWordnet());
  return { name: manifest.name, dir, networkPath, int8Path, outlinePath, backgroundPath, manifest, labels, tree };
}

type Found = { readonly ready: true; readonly dir: string } | { readonly ready: false; readonly path: string };

async function find(which: string): Promise<Found> {
  const shipped = join(packageRoot(), 'models');
  const isName = /^[\w-][\w.-]*$/.test(which);
  const path = resolve(which);
  const candidates = [...(isName ? [join(shipped, which), join(userModels(), which)] : []), path];
  for (const dir of candidates) {
    if (!(await isFile(join(dir, 'manifest.json')))) continue;
    return (await isClassifier(dir)) ? { ready: false, path: dir } : { ready: true, dir };
  }
  if (await isFile(path)) {
    const dir = dirname(path);
    const ready = (await isFile(join(dir, 'manifest.json'))) && !(await isClassifier(dir));
    const inModel = ready && (basename(path) === 'manifest.json' || (await loadFolder(dir)).networkPath === path);
    return inModel ? { ready: true, dir } : { ready: false, path };
  }
  const names = await Promise.all([shipped, userModels()].map((folder) => readdir(folder).catch(() => [])));
  const known = names.flat().filter((name) => /^[\w-]/.test(name) && !name.endsWith('.json'));
  const { readRegistry } = await import('./files/registry.ts');
  const inRegistry = (await readRegistry()).some(({ manifest }) => manifest.name === which);
  throw new HeatboxError(
    'MODEL_NOT_FOUND',
    `no model '${which}': ${candidates.join(' and ')} ${candidates.length > 1 ? 'have' : 'has'} no manifest.json`,
    {
      hint: inRegistry
        ? `Fetch it first: heatbox models pull ${which}`
        : `Give the folder of a model, or one of: ${known.join(', ') || 'none ships with this installation'}.`,
      value: which,
      kind: 'usage',
    },
  );
}

/** Whether a folder's manifest speaks of a network as it was exported. */
async function isClassifier(dir: string): Promise<boolean> {
  return formOf(await readText(dir, 'manifest.json').catch(() => '')) === 'classifier';
}

/** What a manifest says it is of. What cannot be understood is for others to say. */
function formOf(text: string): unknown {
  try {
    return JSON.parse(text)?.form;
  } catch {
    return undefined;
  }
}

/** The cache's folder with the classifier made ready, by the contents of all that it is made of. */
async function madeReady(path: string, classifier: Classifier, open: OpenOnnx | undefined): Promise<string> {
  const { checkChecksums } = await import('./files/checksums.ts');
  await checkChecksums(dirname(classifier.path));
  const hash = createHash('sha256')
    .update(classifier.bytes)
    .update(JSON.stringify(classifier.manifest ?? null));
  if (classifier.labelsPath !== undefined) hash.update(await readRegular(classifier.labelsPath).catch(() => ''));
  const folder = join(cacheFolder(), 'prepared', `${classifier.name}-${hash.digest('hex').slice(0, 16)}`);
  if (await isFile(join(folder, 'manifest.json'))) return folder;
  if (open === undefined) {
    throw new HeatboxError('MODEL_NOT_READY', `${path} is a classifier as it was exported; it has to be made ready`, {
      hint: `Add it first: heatbox models add ${path} --labels FILE`,
      value: path,
      kind: 'usage',
    });
  }
  const [{ prepareClassifier }, { writeModel }] = await Promise.all([
    import('./classifier/prepare-classifier.ts'),
    import('./files/write-model.ts'),
  ]);
  const { parts } = await prepareClassifier(classifier, open);
  await writeModel(folder, parts).catch((error: HeatboxError) => {
    // Another process may have been first; then its result is as good.
    if (error.code !== 'MODEL_EXISTS') throw error;
  });
  return folder;
}

/**
 * Compares the files of a model's networks with their hashes. Those of TensorFlow.js were when they were read.
 *
 * @throws HeatboxError `MODEL_DAMAGED`, `MODEL_UNREADABLE`
 */
export async function verifyNetworks(model: Model): Promise<void> {
  const { tfjs, networkPath, int8Path, outlinePath, backgroundPath, head, manifest } = model;
  const { files } = manifest;
  if (head !== undefined) await checkHash(head.path, head);
  if (tfjs !== undefined) return;
  await checkHash(networkPath, files.model);
  if (int8Path !== undefined) await checkHash(int8Path, files.int8!);
  if (outlinePath !== undefined) await checkHash(outlinePath, files.outline!);
  if (backgroundPath !== undefined) await checkHash(backgroundPath, files.background!);
}

async function readText(dir: string, name: string): Promise<string> {
  return readInside(dir, name, MOST_TEXT).then(String, (cause: unknown) => {
    throw cause instanceof HeatboxError ? cause : unreadable(join(dir, name), cause);
  });
}

/** What is missing is for its reader to say. */
async function requireInside(dir: string, name: string): Promise<void> {
  await pathInside(dir, name).catch((cause: unknown) => {
    if (cause instanceof HeatboxError) throw cause;
  });
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
