import type { Accuracy, AccuracyName } from '../src/cam/accuracy.ts';
import { OUTLINED_THRESHOLD, PLAIN_THRESHOLD } from '../src/cam/accuracy.ts';
import { HeatboxError } from '../src/error.ts';
import type { WarningCode } from '../src/error-codes.ts';
import type { Pending } from '../src/files/commit-together.ts';
import { containerOf, type OutputFile } from '../src/files/output-file.ts';
import type { Engine } from '../src/inference/engine.ts';
import type { PrecisionWish } from '../src/inference/providers/precision.ts';
import { wantsTfjs } from '../src/inference/providers/providers.ts';
import { openOnnx } from '../src/inference/sessions/open-onnx.ts';
import { checkEncoding, defaultEncoder, encoderProfile } from '../src/media/output/encoders.ts';
import type { OutputOptions } from '../src/media/protocol.ts';
import type { Stride } from '../src/media/stride.ts';
import { loadModel, type Model, parseInputSize, plainNames, resolveGroups } from '../src/model/index.ts';
import type { Profile } from '../src/threads/notes.ts';
import type { LabelGroup } from '../src/types.ts';

export interface AnnotateFileOptions {
  /** A file, an image sequence pattern, or an http(s) URL. */
  readonly input: string;
  /** The annotated video; absent: analysis only, nothing is encoded. */
  readonly output?: string;
  /** Puts the finished video in its place, as with other files of the run; by default alone. */
  readonly commit?: (video: Pending) => Promise<void>;
  /** Whether an existing output may be replaced. */
  readonly force?: boolean;
  /** A model's name or folder. */
  readonly model?: string;
  /** Names or WordNet ids of classes and of groups of them, as `bird`, or class indices; all classes where absent. */
  readonly labels?: readonly string[];
  readonly excludeLabels?: readonly string[];
  readonly topK?: number;
  readonly minScore?: number;
  /** By the accuracy where absent. */
  readonly threshold?: number;
  /** How much work goes into the maps; `fast` where absent. */
  readonly accuracy?: AccuracyName;
  /** `WIDTHxHEIGHT`, multiples of the network's stride; by the video's aspect where absent. */
  readonly inputSize?: string;
  /** `auto` where absent; 1 where each frame is to show what is its own: with a heat map, or without tracks. */
  readonly stride?: Stride;
  /** Opacity of the heat map where it is hottest, 0 to 1; absent: none. */
  readonly heatmap?: number;
  readonly tracks?: boolean;
  /** Seconds from the source's beginning, wherever its clock begins. */
  readonly start?: number;
  /** Seconds. */
  readonly duration?: number;
  readonly batch?: number;
  /** Threads of the network, the decoder and the encoder each; all cores where absent. */
  readonly threads?: number;
  /** Where the network runs, as `openEngine` takes it. */
  readonly provider?: string;
  readonly precision?: PrecisionWish;
  readonly hwaccel?: string;
  readonly encoder?: string;
  readonly crf?: number;
  readonly preset?: string;
  readonly onWarning?: (code: WarningCode, message: string) => void;
  /** FFmpeg's own lines, by its log levels. */
  readonly onLog?: (level: number, message: string) => void;
  /** Told what each thread does. */
  readonly profile?: Profile;
}

/** How the output is encoded. @throws HeatboxError `OUTPUT_EXTENSION`, `ENCODER_…` */
export function encodingOf(
  output: OutputFile,
  { encoder: wanted, crf, preset, threads }: AnnotateFileOptions,
): OutputOptions {
  const format = containerOf(output.path);
  const encoder = wanted ?? defaultEncoder(format);
  const profile = encoderProfile(encoder, format);
  const quality = { crf: crf ?? profile.defaultQuality, preset };
  checkEncoding(profile, quality);
  return { path: output.temporary, format, encoder, threads: threads ?? 0, ...quality };
}

/**
 * The model, and what the options mean to it.
 *
 * @throws HeatboxError `MODEL_…`, `LABEL_…`, `LABELS_NONE`, `BAD_INPUT_SIZE`
 */
export async function openModel({ model: name, provider, labels, excludeLabels, inputSize }: AnnotateFileOptions) {
  const model = await loadModel(name, { open: openOnnx, tfjs: wantsTfjs(provider) });
  return {
    model,
    groups: groupsOf(model, { labels, excludeLabels }),
    wantedSize: inputSize === undefined ? undefined : parseInputSize(inputSize, model),
  };
}

/**
 * What may be named: the groups asked for, or all in use, without the classes that are excluded.
 *
 * @throws HeatboxError `LABEL_…`, `LABELS_NONE`
 */
export function groupsOf(
  model: Model,
  { labels, excludeLabels }: Pick<AnnotateFileOptions, 'labels' | 'excludeLabels'>,
): LabelGroup[] {
  const groups = labels === undefined ? plainNames(model.tree) : resolveGroups(model, labels);
  const excluded = new Set(resolveGroups(model, excludeLabels ?? []).flatMap(({ classes }) => classes));
  const left = groups
    .map((group) => ({ ...group, classes: group.classes.filter((index) => !excluded.has(index)) }))
    .filter(({ classes }) => classes.length > 0);
  if (left.length > 0) return left;
  throw new HeatboxError(
    'LABELS_NONE',
    `no class is left to look for: labels "${labels ?? ''}" without "${excludeLabels ?? ''}"`,
    {
      kind: 'usage',
      hint: 'Name at least one class that is not excluded.',
    },
  );
}

/** Where a box ends: as asked for, else what suits the maps that the engine gives. */
export function thresholdOf(
  wanted: number | undefined,
  { plain, outlined }: Pick<Engine, 'plain' | 'outlined'>,
  accuracy: Accuracy,
): number {
  if (wanted !== undefined) return wanted;
  if (outlined) return OUTLINED_THRESHOLD;
  return plain ? PLAIN_THRESHOLD : accuracy.threshold;
}
