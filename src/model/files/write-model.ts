import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HeatboxError } from '../../error.ts';
import type { Label } from '../../types.ts';
import { type Manifest, manifestSchema } from './manifest.ts';

/** What a model folder is made of. */
export interface ModelParts {
  readonly network: Uint8Array;
  readonly labels: readonly Label[];
  /** Without the files, which get their hashes here. */
  readonly manifest: Omit<Manifest, 'files'>;
  /** Text of the licence, by the name of its file. */
  readonly licence?: { readonly name: string; readonly text: string };
}

/**
 * Writes a model folder: beside its place first, then renamed into it, so that it is there whole or not at all.
 *
 * @param replace - whether a folder that is there may be replaced.
 * @throws HeatboxError `MODEL_EXISTS`, `MODEL_UNWRITABLE`
 */
export async function writeModel(folder: string, parts: ModelParts, replace = false): Promise<void> {
  const labels = labelsFile(parts.labels);
  const manifest = manifestSchema.parse({
    ...parts.manifest,
    files: { model: described('model.onnx', parts.network), labels: described('labels.json', labels) },
  });
  await putFolder(folder, replace, async (work) => {
    await writeFile(join(work, 'model.onnx'), parts.network);
    await writeFile(join(work, 'labels.json'), labels);
    if (parts.licence) await writeFile(join(work, parts.licence.name), parts.licence.text);
    await writeFile(join(work, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  });
}

/**
 * Makes a folder: filled beside its place, then renamed into it.
 *
 * @param replace - whether a folder that is there may be replaced; where it is a function, asked when there is one.
 * @throws HeatboxError `MODEL_EXISTS`, `MODEL_UNWRITABLE`
 */
export async function putFolder(
  folder: string,
  replace: boolean | (() => Promise<boolean>),
  fill: (work: string) => Promise<void>,
): Promise<void> {
  let work: string | undefined;
  try {
    await mkdir(dirname(folder), { recursive: true });
    work = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
    await fill(work);
    await moveInto(work, folder, replace);
  } catch (cause) {
    if (cause instanceof HeatboxError) throw cause;
    throw new HeatboxError(
      'MODEL_UNWRITABLE',
      `the model cannot be written to ${folder}: ${(cause as Error).message}`,
      {
        value: folder,
        hint: 'Check the permissions and the space of that disk; XDG_DATA_HOME says where models go.',
        cause,
      },
    );
  } finally {
    if (work !== undefined) await rm(work, { recursive: true, force: true });
  }
}

/** Renames a folder to its place; one that is there gives way, and comes back should that fail. */
async function moveInto(work: string, folder: string, replace: boolean | (() => Promise<boolean>)): Promise<void> {
  try {
    await rename(work, folder);
    return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') throw error;
  }
  if (!(typeof replace === 'function' ? await replace() : replace)) {
    throw new HeatboxError('MODEL_EXISTS', `there is a model '${basename(folder)}' already, in ${folder}`, {
      value: folder,
      hint: `Give another name with --name, or --force to replace it.`,
      kind: 'usage',
    });
  }
  const old = `${work}-old`;
  await rename(folder, old);
  try {
    await rename(work, folder);
  } catch (error) {
    await rename(old, folder);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

/** `labels.json`, a line a class. */
export function labelsFile(labels: readonly Label[]): Buffer {
  return Buffer.from(`[\n${labels.map((label) => `  ${JSON.stringify(label)}`).join(',\n')}\n]\n`);
}

function described(path: string, bytes: Uint8Array) {
  return { path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}
