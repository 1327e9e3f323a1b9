import { availableParallelism } from 'node:os';
import { finalize, type Observable, tap } from 'rxjs';
import { openEngine } from '../src/inference/open-engine.ts';
import { openOnnx } from '../src/inference/open-onnx.ts';
import { encoderProfile } from '../src/media/encoders.ts';
import type { HostTotals, SourceInfo } from '../src/media/protocol.ts';
import { openSource } from '../src/media/source.ts';
import { chooseInputSize, loadModel, type Model, parseInputSize, resolveLabels } from '../src/model/index.ts';
import { draw } from '../src/operators/draw.ts';
import { LOCALISE_DEFAULTS, localise } from '../src/operators/localise.ts';
import { type TrackedFrame, track, untracked } from '../src/operators/track.ts';
import { containerOf, type OutputFile, planOutput } from '../src/output-file.ts';
import type { Size } from '../src/types.ts';

export interface AnnotateFileOptions {
  /** A file, an image sequence pattern, or an http(s) URL. */
  readonly input: string;
  /** The annotated video; absent: analysis only, nothing is encoded. */
  readonly output?: string | undefined;
  /** Whether an existing output may be replaced. */
  readonly force?: boolean | undefined;
  /** A model's name or folder. */
  readonly model?: string | undefined;
  /** Names, WordNet ids or indices of the classes to look for; all classes where absent. */
  readonly labels?: readonly string[] | undefined;
  readonly excludeLabels?: readonly string[] | undefined;
  readonly topK?: number | undefined;
  readonly minScore?: number | undefined;
  readonly threshold?: number | undefined;
  /** `WIDTHxHEIGHT`, multiples of the network's stride; by the video's aspect where absent. */
  readonly inputSize?: string | undefined;
  readonly stride?: number | undefined;
  /** Opacity of the heat map where it is hottest, 0 to 1; absent: none. */
  readonly heatmap?: number | undefined;
  readonly tracks?: boolean | undefined;
  /** Seconds. */
  readonly start?: number | undefined;
  readonly duration?: number | undefined;
  readonly batch?: number | undefined;
  /** Threads of the network, the decoder and the encoder each; all cores where absent. */
  readonly threads?: number | undefined;
  readonly provider?: string | undefined;
  readonly hwaccel?: string | undefined;
  readonly encoder?: string | undefined;
  readonly crf?: number | undefined;
  readonly preset?: string | undefined;
  readonly onWarning?: ((code: string, message: string) => void) | undefined;
  /** FFmpeg's own lines, by its log levels. */
  readonly onLog?: ((level: number, message: string) => void) | undefined;
}

/** A run that is ready: everything is open and checked. */
export interface AnnotateRun {
  readonly info: SourceInfo;
  readonly model: Model;
  readonly inputSize: Size;
  readonly provider: string;
  /** Runs on subscription, once. Completes when the output is finished and in its place. */
  readonly frames: Observable<TrackedFrame>;
  /** Decodes no more: what was decoded is finished, and `frames` completes. */
  stop(): void;
  totals(): HostTotals | undefined;
  /** Ends everything at once and removes an unfinished output. For a run that `frames` ended it does nothing. */
  close(): Promise<void>;
}

/**
 * Source → localise → track → draw → encode: a video file with boxes on it.
 *
 * @throws HeatboxError where an option or the input is wrong; nothing is left open or on disk then.
 */
export async function annotateFile(options: AnnotateFileOptions): Promise<AnnotateRun> {
  const { input, stride = 1, batch = LOCALISE_DEFAULTS.batch, tracks = true } = options;
  const output = options.output === undefined ? undefined : planOutput(options.output, input, options.force ?? false);
  const encoding = output && encodingOf(output, options);
  const model = await loadModel(options.model, { open: openOnnx });
  const classes = allowedClasses(model, options);
  const wantedSize = options.inputSize === undefined ? undefined : parseInputSize(options.inputSize, model);
  const threads = options.threads ?? availableParallelism();
  const source = await openSource(
    { input, threads, ...defined({ start: options.start, duration: options.duration, hwaccel: options.hwaccel }) },
    { warning: options.onWarning, log: options.onLog },
  );
  const inputSize = wantedSize ?? chooseInputSize(source.info.video.display, model);
  const engine = await openEngine(model, {
    provider: options.provider,
    threads,
    warmUp: { ...inputSize, batch },
  }).catch(async (error: unknown) => {
    await source.close();
    throw error;
  });
  const credits = creditsFor(source.info.video.coded, batch, stride);

  const frames = source.frames({ inputSize, stride, credits, ...defined({ output: encoding }) }).pipe(
    localise({
      engine,
      batch,
      ...defined({ classes, topK: options.topK, minScore: options.minScore, threshold: options.threshold }),
    }),
    tracks ? track() : untracked(),
    output === undefined ? tap() : draw({ labels: model.labels, heatmap: options.heatmap, ids: tracks }),
  );

  let committed = false;
  const close = async () => {
    await Promise.all([source.close(), engine.close()]);
    if (!committed) output?.discard();
  };
  const commit = () => {
    output?.commit();
    committed = true;
  };
  return {
    info: source.info,
    model,
    inputSize,
    provider: engine.provider,
    frames: frames.pipe(tap({ complete: commit }), finalize(close)),
    stop: () => source.stop(),
    totals: () => source.totals(),
    close,
  };
}

function encodingOf(output: OutputFile, { encoder = 'libx264', crf, preset, threads }: AnnotateFileOptions) {
  const format = containerOf(output.path);
  const profile = encoderProfile(encoder, format);
  return {
    path: output.temporary,
    format,
    encoder,
    crf: crf ?? profile.defaultQuality,
    threads: threads ?? 0,
    ...defined({ preset }),
  };
}

function allowedClasses(model: Model, { labels, excludeLabels }: AnnotateFileOptions): number[] | undefined {
  if (labels === undefined && excludeLabels === undefined) return undefined;
  const excluded = new Set(excludeLabels === undefined ? [] : resolveLabels(model.labels, excludeLabels));
  const wanted = labels === undefined ? model.labels.map(({ index }) => index) : resolveLabels(model.labels, labels);
  return [...new Set(wanted)].filter((index) => !excluded.has(index));
}

/** Bytes that full frames under way may take. */
const FRAMES_MEMORY = 256 * 2 ** 20;

/** Two batches in the network's hands and one being decoded, as far as the memory for full frames goes. */
function creditsFor({ width, height }: Size, batch: number, stride: number): number {
  const affordable = Math.floor(FRAMES_MEMORY / (width * height * 1.5));
  return Math.max(2 * stride, Math.min(3 * batch * stride, affordable));
}

/** Without the keys whose value is undefined. */
function defined<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
