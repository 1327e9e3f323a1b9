import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../files/package-root.ts';
import { parseManifest } from '../files/parse-manifest.ts';

/** A noun synset of WordNet 3.0. */
export interface Synset {
  /** `n` and the noun offset, as `n01503061`. */
  readonly id: string;
  /** Its words, the usual one first. */
  readonly names: readonly string[];
  /** Ids of its hypernyms; several where it is a kind of several things, as a dog is a canine and a domestic animal. */
  readonly parents: readonly string[];
}

const id = z.string().regex(/^n\d{8}$/);

const wordnetSchema = z.strictObject({
  source: z.string(),
  attribution: z.string(),
  licence: z.string(),
  synsets: z
    .array(z.tuple([id, z.array(z.string().min(1)).min(1), z.array(id)]))
    .transform((synsets) => synsets.map(([id, names, parents]): Synset => ({ id, names, parents }))),
});

/**
 * The part of WordNet that lies over the ImageNet classes (`models/wordnet.json`, made by `scripts/make-wordnet.mjs`).
 *
 * @throws HeatboxError `MODEL_DAMAGED`, `MODEL_MANIFEST_INVALID`
 */
export async function readWordnet(): Promise<readonly Synset[]> {
  const path = join(packageRoot(), 'models', 'wordnet.json');
  return parseManifest(wordnetSchema, await readFile(path, 'utf8'), path).synsets;
}
