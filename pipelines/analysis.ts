import type { AccuracyName } from '../src/cam/accuracy.ts';
import type { WarningCode } from '../src/error-codes.ts';
import type { Pending } from '../src/files/commit-together.ts';
import { containerOf, type OutputFile } from '../src/files/output-file.ts';
import type { PrecisionWish } from '../src/inference/providers/precision.ts';
import { checkEncoding, defaultEncoder, encoderProfile } from '../src/media/output/encoders.ts';
import type { OutputOptions } from '../src/media/protocol.ts';
import type { Stride } from '../src/media/stride.ts';
import { checkInputSize, type WantedLabels, wantedGroups } from '../src/model/index.ts';
import type { Profile } from '../src/threads/notes.ts';
import type { Size } from '../src/types.ts';
import { loadModel } from './load-model.ts';

/** What is looked for in the frames of a source, and how. Defaults are those of the command line. */
export interface AnalysisOptions extends WantedLabels {
  /** A model's name, or its folder. Defaults to `resnet50-imagenet`, which ships with heatbox. */
  readonly model?: string;
  /** How many classes or groups of a frame are localised at most. Defaults to 1. */
  readonly topK?: number;
  /** Least softmax probability of a class, summed over a group's classes, 0 to 1. Defaults to 0.1. */
  readonly minScore?: number;
  /**
   * Where a box ends, as a share of its heat map's range, 0.01 to 0.99: lower values give larger boxes. Defaults to 0.4, or
   * for a model without outlines to what suits the accuracy.
   */
  readonly threshold?: number;
  /** How much work goes into a frame. Defaults to `fast`. */
  readonly accuracy?: AccuracyName;
  /**
   * What the network sees, in pixels, both sides multiples of the network's stride (32 for the shipped model). Defaults to
   * about 224×224 pixels at the video's aspect ratio, twice as many pixels for `accurate`.
   */
  readonly inputSize?: Size;
  /**
   * Run the network on every nth frame, or with `auto` where it is worth it. Boxes in between follow the motion. Defaults to
   * `auto`, and to 1 without tracks or with a heat map, where each frame shows what is its own.
   */
  readonly stride?: Stride;
  /** Follow objects over time, under ids. If false, each frame has boxes of its own. Defaults to true. */
  readonly tracks?: boolean;
  /** Frames that the network takes at once. Defaults to 4; live sources take 1. */
  readonly batch?: number;
  /** Threads of the network, and for files also of decoder and encoder each. Defaults to all cores. */
  readonly threads?: number;
  /** Where the network runs, one entry per worker. See `OpenEngineOptions.providers`. Defaults to `['auto']`. */
  readonly providers?: readonly string[];
  /** What the network computes in. See `OpenEngineOptions.precision`. Defaults to `auto`. */
  readonly precision?: PrecisionWish;
  /** Called with a stable code and a sentence for everything that is odd, but stops nothing. */
  readonly onWarning?: (code: WarningCode, message: string) => void;
  /** Called with FFmpeg's own lines and their FFmpeg log levels; passwords are removed. */
  readonly onLog?: (level: number, message: string) => void;
}

/** Which part of a file is read, and how. */
export interface FileOptions {
  /** Seconds from the source's beginning, wherever its clock begins. Defaults to 0. */
  readonly start?: number;
  /** Seconds to read. Defaults to everything. */
  readonly duration?: number;
  /** Decode in hardware: FFmpeg's name of the device type, e.g. `cuda` or `vaapi`. Defaults to software. */
  readonly hwaccel?: string;
}

/** Options of {@link annotateFile}. */
export interface AnnotateFileOptions extends AnalysisOptions, FileOptions {
  /** A file, an image sequence pattern (`frames/%04d.png`), or an http(s) URL. */
  readonly input: string;
  /**
   * The annotated video: `.mp4`, `.mov`, `.mkv` or `.webm`. Of a source of one frame also a picture, `.jpg` or `.png`. If omitted,
   * nothing is encoded.
   */
  readonly output?: string;
  /** Puts the finished video in its place. Defaults to a rename. Give one to make other files appear with it, or not at all. */
  readonly commit?: (video: Pending) => Promise<void>;
  /** Replace an existing output. Defaults to false. */
  readonly force?: boolean;
  /** Blend in the heat map of the most confident object: its opacity where it is hottest, 0 to 1. Defaults to none. */
  readonly heatmap?: number;
  /** Hide what is in the boxes instead of framing it; not together with a heat map. Defaults to false. */
  readonly blur?: boolean;
  /** The encoder, e.g. `libx265`. Defaults to `libx264`, and to `libvpx-vp9` for `.webm`. */
  readonly encoder?: string;
  /** Constant quality, on the encoder's scale. Defaults to 20 for `libx264`. */
  readonly crf?: number;
  /** The encoder's preset. Defaults to `veryfast` for `libx264`, with fewer frames in memory. */
  readonly preset?: string;
  /** Called with what each thread does when. */
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
 * Loads the model and checks what the options say of it.
 *
 * @throws HeatboxError `MODEL_…`, `LABEL_…`, `LABELS_NONE`, `BAD_INPUT_SIZE`
 */
export async function openModel(options: AnalysisOptions) {
  const { inputSize } = options;
  const model = await loadModel(options.model, options);
  return {
    model,
    groups: wantedGroups(model, options),
    wantedSize: inputSize && checkInputSize(inputSize, model),
  };
}
