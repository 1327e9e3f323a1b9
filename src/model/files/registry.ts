import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { HeatboxError } from '../../error.ts';
import { packageRoot } from '../../files/package-root.ts';
import { nearest } from '../../text/nearest.ts';
import { classifierSchema, manifestSchema } from './manifest.ts';
import { parseManifest } from './parse-manifest.ts';

/** Paths in an archive; one that ends in `/*` means all files of that folder. */
const taken = z.array(z.string().regex(/^[^*\\]+(\/\*)?$/, 'must be a path, which may end in /*')).min(1);

/** A package of npm, by its exact version and the integrity hash of its tarball. */
const npmSource = z.strictObject({
  npm: z.string(),
  version: z.string(),
  integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/, 'must be an npm sha512 integrity'),
  bytes: z.int().positive(),
  /** What of it is kept, under the last part of its name. */
  files: taken,
});

/** A file on the web, or what is kept of a `.tgz` there. */
const webSource = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
  bytes: z.int().positive(),
  /** Name of the file in the model's folder. */
  file: z
    .string()
    .regex(/^[\w-][\w.-]*$/, 'must be the name of a file')
    .optional(),
  files: taken.optional(),
});

const entrySchema = z.strictObject({
  /** Becomes `manifest.json` of the model's folder: of a classifier as it was published, or of a model that is ready. */
  manifest: z.union([classifierSchema, manifestSchema]),
  sources: z.array(z.union([npmSource, webSource])).min(1),
  /** `imagenet`: the labels that ship with heatbox, where the sources have none. */
  labels: z.literal('imagenet').optional(),
});

const registrySchema = z.strictObject({ schemaVersion: z.literal(1), models: z.array(entrySchema) });

export type RegistryEntry = z.infer<typeof entrySchema>;
export type Source = RegistryEntry['sources'][number];

/**
 * Reads a registry: what models there are to fetch, where from, and the hashes of what is fetched.
 *
 * @param path - the one that ships with heatbox where absent.
 * @throws HeatboxError `REGISTRY_NOT_FOUND`, `MODEL_MANIFEST_INVALID`
 */
export async function readRegistry(path = join(packageRoot(), 'models', 'registry.json')): Promise<RegistryEntry[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HeatboxError('REGISTRY_NOT_FOUND', `the registry ${resolve(path)} cannot be read`, {
      hint: 'Leave --registry out to use the one that ships with heatbox.',
      value: path,
      cause,
      kind: 'usage',
    });
  });
  return parseManifest(registrySchema, text, path).models;
}

/** The entry of that name. @throws HeatboxError `MODEL_UNKNOWN` with the names that are near. */
export function entryNamed(name: string, registry: readonly RegistryEntry[]): RegistryEntry {
  const entry = registry.find(({ manifest }) => manifest.name === name);
  if (entry !== undefined) return entry;
  const names = registry.map(({ manifest }) => manifest.name);
  const near = nearest(name, names);
  throw new HeatboxError('MODEL_UNKNOWN', `the registry has no model '${name}'`, {
    hint: `It has: ${(near.length > 0 ? near : names).join(', ') || 'none'}.`,
    value: name,
    kind: 'usage',
  });
}
