import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeatboxError } from '../../error.ts';
import { pathInside } from '../files/inside.ts';
import { labelsSchema, taughtSchema } from '../files/manifest.ts';
import { parseManifest } from '../files/parse-manifest.ts';
import { checkHash, checkSize } from '../files/verify-file.ts';
import { buildLabelTree } from '../labels/label-tree.ts';
import { readWordnet } from '../labels/wordnet.ts';
import type { Model } from '../model.ts';

/**
 * Loads a model that was taught: its own head and labels, with the networks of the model it was taught on.
 *
 * @param text Of its manifest.
 * @param loadTrunk Loads a model by its name.
 * @throws HeatboxError `MODEL_MANIFEST_INVALID`, `MODEL_DAMAGED`; `MODEL_NOT_FOUND` or `MODEL_DAMAGED` if the model it was
 * taught on is missing or has changed.
 */
export async function loadTaught(
  dir: string,
  text: string,
  loadTrunk: (name: string) => Promise<Model>,
): Promise<Model> {
  const manifestPath = join(dir, 'manifest.json');
  const { name, description, groups, licence, files, classCount, ...taught } = parseManifest(
    taughtSchema,
    text,
    manifestPath,
  );
  if (taught.trunk.name === name) throw invalid(manifestPath, `trunk.name: '${name}' cannot be its own trunk`, name);
  const trunk = await loadTrunk(taught.trunk.name);
  if (
    trunk.head !== undefined ||
    trunk.tfjs !== undefined ||
    trunk.manifest.files.model.sha256 !== taught.trunk.sha256
  ) {
    throw new HeatboxError('MODEL_DAMAGED', `'${name}' was taught on another version of the model '${trunk.name}'`, {
      hint: `Teach it again: heatbox teach … --name ${name} --force`,
      value: taught.trunk.sha256,
      kind: 'usage',
    });
  }
  const [headPath, labelsPath] = await Promise.all(
    [files.head, files.labels].map(async (file) => {
      const path = join(dir, file.path);
      await checkSize(path, file);
      return pathInside(dir, file.path);
    }),
  );
  await checkHash(labelsPath!, files.labels);
  const labels = parseManifest(labelsSchema, await readFile(labelsPath!, 'utf8'), labelsPath!);
  if (labels.length !== classCount) {
    throw invalid(
      labelsPath!,
      `has ${labels.length} labels, but the manifest says ${classCount} classes`,
      labels.length,
    );
  }
  const { manifest } = trunk;
  return {
    ...trunk,
    name,
    dir,
    labels,
    tree: buildLabelTree(labels, await readWordnet()),
    head: { path: headPath!, sha256: files.head.sha256, keepClasses: taught.keepClasses },
    manifest: {
      ...manifest,
      name,
      description,
      groups: groups ?? (taught.keepClasses ? manifest.groups : undefined),
      licence: { ...manifest.licence, ...licence },
      files: { ...manifest.files, labels: files.labels },
      classCount,
    },
  };
}

function invalid(path: string, reason: string, value: unknown): HeatboxError {
  return new HeatboxError('MODEL_MANIFEST_INVALID', `${path}: ${reason}`, {
    hint: 'Teach the model again.',
    value,
    kind: 'usage',
  });
}
