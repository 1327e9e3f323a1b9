import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { HeatboxError } from '../error.ts';
import type { Label } from '../types.ts';
import { labelsSchema, type Manifest, manifestSchema } from './manifest.ts';
import { packageRoot } from './package-root.ts';

/** A model whose files have been verified against the hashes of its manifest. */
export interface Model {
  readonly name: string;
  /** Its folder, absolute. */
  readonly dir: string;
  /** The network's file, absolute. */
  readonly onnxPath: string;
  readonly manifest: Manifest;
  /** `labels[i].index === i` */
  readonly labels: readonly Label[];
}

/** The model that ships with heatbox. */
export const defaultModel = 'resnet50-imagenet';

/**
 * Reads and verifies a model.
 *
 * @param dirOrName a folder with a `manifest.json`, or the name of a model that ships with heatbox.
 * @throws HeatboxError `MODEL_NOT_FOUND` when there is no such folder or name, `MODEL_MANIFEST_INVALID` when its manifest
 * or labels cannot be understood, `MODEL_DAMAGED` when a file is missing or is not the one the manifest was made for,
 * `MODEL_UNREADABLE` when the system does not let a file be read.
 */
export async function loadModel(dirOrName: string = defaultModel): Promise<Model> {
  const dir = await findFolder(dirOrName);
  const manifestPath = join(dir, 'manifest.json');
  const manifestText = await readFile(manifestPath, 'utf8').catch((cause: unknown) => {
    throw unreadable(manifestPath, cause);
  });
  const manifest = parse(manifestSchema, manifestText, manifestPath);
  const onnxPath = join(dir, manifest.files.model.path);
  const labelsPath = join(dir, manifest.files.labels.path);
  await verify(onnxPath, manifest.files.model);
  await verify(labelsPath, manifest.files.labels);
  const labels = parse(labelsSchema, await readFile(labelsPath, 'utf8'), labelsPath);
  if (labels.length !== manifest.classCount) {
    throw new HeatboxError(
      'MODEL_MANIFEST_INVALID',
      `${labelsPath} has ${labels.length} labels, but the manifest says ${manifest.classCount} classes`,
      { hint: 'Give every class of the network one label.', value: labels.length, kind: 'usage' },
    );
  }
  return { name: manifest.name, dir, onnxPath, manifest, labels };
}

async function findFolder(dirOrName: string): Promise<string> {
  const shipped = join(packageRoot(), 'models');
  const isName = /^[\w-][\w.-]*$/.test(dirOrName);
  const candidates = [...(isName ? [join(shipped, dirOrName)] : []), resolve(dirOrName)];
  for (const dir of candidates) {
    if (await isFile(join(dir, 'manifest.json'))) return dir;
  }
  const names = await readdir(shipped).catch(() => []);
  throw new HeatboxError(
    'MODEL_NOT_FOUND',
    `no model '${dirOrName}': ${candidates.join(' and ')} have no manifest.json`,
    {
      hint: `Give the folder of a model, or one of: ${names.join(', ') || 'none ships with this installation'}.`,
      value: dirOrName,
      kind: 'usage',
    },
  );
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string, path: string): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(path, 'is not JSON', cause);
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(path, `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`, result.error);
  }
  return result.data;
}

function invalid(path: string, reason: string, cause: unknown): HeatboxError {
  return new HeatboxError('MODEL_MANIFEST_INVALID', `${path}: ${reason}`, {
    hint: 'Compare it with the manifest.json of the model that ships with heatbox.',
    value: path,
    cause,
    kind: 'usage',
  });
}

async function verify(path: string, expected: { sha256: string; bytes: number }): Promise<void> {
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size === undefined) throw damaged(path, 'it is missing');
  if (size !== expected.bytes) throw damaged(path, `it has ${size} bytes instead of ${expected.bytes}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const actual = hash.digest('hex');
  if (actual !== expected.sha256) throw damaged(path, `its sha256 is ${actual} instead of ${expected.sha256}`);
}

function unreadable(path: string, cause: unknown): HeatboxError {
  return new HeatboxError('MODEL_UNREADABLE', `${path} cannot be read: ${(cause as Error).message}`, {
    hint: 'Check the permissions of the file and its folder.',
    value: path,
    cause,
    kind: 'usage',
  });
}

function damaged(path: string, reason: string): HeatboxError {
  return new HeatboxError('MODEL_DAMAGED', `${path} is not the file its manifest describes: ${reason}`, {
    hint: 'Install heatbox again, or fetch the model again.',
    value: path,
    kind: 'usage',
  });
}
