import { HeatboxError } from '../src/error.ts';
import { openOnnx } from '../src/inference/open-onnx.ts';
import { checkEncoding, encoderProfile } from '../src/media/encoders.ts';
import type { OutputOptions } from '../src/media/protocol.ts';
import { loadModel, type Model, parseInputSize, resolveLabels } from '../src/model/index.ts';
import { containerOf, type OutputFile } from '../src/output-file.ts';
import type { AnnotateFileOptions } from './annotate-file.ts';

/** How the output is encoded. @throws HeatboxError `OUTPUT_EXTENSION`, `ENCODER_…` */
export function encodingOf(
  output: OutputFile,
  { encoder = 'libx264', crf, preset, threads }: AnnotateFileOptions,
): OutputOptions {
  const format = containerOf(output.path);
  const profile = encoderProfile(encoder, format);
  const quality = { crf: crf ?? profile.defaultQuality, ...defined({ preset }) };
  checkEncoding(profile, quality);
  return { path: output.temporary, format, encoder, threads: threads ?? 0, ...quality };
}

/**
 * The model, and what the options mean to it.
 *
 * @throws HeatboxError `MODEL_…`, `LABEL_…`, `LABELS_NONE`, `BAD_INPUT_SIZE`
 */
export async function openModel({ model: name, labels, excludeLabels, inputSize }: AnnotateFileOptions) {
  const model = await loadModel(name, { open: openOnnx });
  return {
    model,
    classes: classesOf(model, { labels, excludeLabels }),
    wantedSize: inputSize === undefined ? undefined : parseInputSize(inputSize, model),
  };
}

/**
 * Indices of the classes to look for; undefined for all.
 *
 * @throws HeatboxError `LABEL_…`, `LABELS_NONE`
 */
export function classesOf(
  model: Model,
  { labels, excludeLabels }: Pick<AnnotateFileOptions, 'labels' | 'excludeLabels'>,
): number[] | undefined {
  if (labels === undefined && excludeLabels === undefined) return undefined;
  const excluded = new Set(excludeLabels === undefined ? [] : resolveLabels(model.labels, excludeLabels));
  const wanted = labels === undefined ? model.labels.map(({ index }) => index) : resolveLabels(model.labels, labels);
  const classes = wanted.filter((index) => !excluded.has(index));
  if (classes.length > 0) return classes;
  throw new HeatboxError(
    'LABELS_NONE',
    `no class is left to look for: labels "${labels ?? ''}" without "${excludeLabels ?? ''}"`,
    {
      kind: 'usage',
      hint: 'Name at least one class that is not excluded.',
    },
  );
}

/** Without the keys whose value is undefined. */
export function defined<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
