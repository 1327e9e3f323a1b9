import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Label } from '../../types.ts';
import { taughtSchema } from '../files/manifest.ts';
import { labelsFile, putFolder } from '../files/write-model.ts';
import type { Model } from '../model.ts';
import { type Head, writeHead } from './head.ts';

/** What a taught model is made of. */
export interface TaughtParts {
  readonly name: string;
  readonly trunk: Model;
  readonly head: Head;
  /** All classes, those of the trunk first if they are kept. */
  readonly labels: readonly Label[];
  readonly keepClasses: boolean;
  /** How many pictures it was taught with. */
  readonly pictures: number;
}

/**
 * Writes the folder of a taught model: its head and labels, some kilobytes per class. The trunk's networks stay where they are.
 *
 * @param replace Whether a folder that is there may be replaced.
 * @throws HeatboxError `MODEL_EXISTS`, `MODEL_UNWRITABLE`
 */
export async function writeTaught(folder: string, parts: TaughtParts, replace: boolean): Promise<void> {
  const { name, trunk, keepClasses, pictures } = parts;
  const head = writeHead(keepClasses ? parts.head : withRest(parts.head));
  const labels = labelsFile(parts.labels);
  const own = parts.labels.slice(keepClasses ? trunk.labels.length : 0);
  const names = own.filter(({ name }) => name !== NO_CLASS).map(({ name }) => name);
  const manifest = taughtSchema.parse({
    schemaVersion: 1,
    form: 'taught',
    name,
    description: `${names.join(', ')}${keepClasses ? ` and the classes of ${trunk.name}` : ''}, taught with ${pictures} pictures on ${trunk.name}`,
    licence: {
      spdx: trunk.manifest.licence.spdx,
      note: `That of ${trunk.name}, whose networks it uses; the pictures may have terms of their own.`,
    },
    trunk: { name: trunk.name, sha256: trunk.manifest.files.model.sha256 },
    keepClasses,
    pictures,
    files: { head: described('head.onnx', head), labels: described('labels.json', labels) },
    classCount: parts.labels.length,
  });
  await putFolder(folder, replace, async (work) => {
    await writeFile(join(work, 'head.onnx'), head);
    await writeFile(join(work, 'labels.json'), labels);
    await writeFile(join(work, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  });
}

/** One class more, whose logit is always 0: what the others are weighed against. */
function withRest(head: Head): Head {
  const grown = (values: Float32Array, more: number) => {
    const all = new Float32Array(values.length + more);
    all.set(values);
    return all;
  };
  return {
    channels: head.channels,
    classCount: head.classCount + 1,
    maps: grown(head.maps, head.channels),
    weights: grown(head.weights, head.channels),
    bias: grown(head.bias, 1),
  };
}

/** The class of pictures that show none of the others. Its map is flat, so it has no boxes. */
export const NO_CLASS = 'none';

function described(path: string, bytes: Uint8Array) {
  return { path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}
