import { availableParallelism } from 'node:os';
import { catchError, concatWith, defer, finalize, identity, ignoreElements, type Observable } from 'rxjs';
import { accuracies } from '../src/cam/accuracy.ts';
import { HeatboxError } from '../src/error.ts';
import { type OutputFile, planOutput } from '../src/files/output-file.ts';
import type { Engine } from '../src/inference/engine.ts';
import { openEngine } from '../src/inference/open-engine.ts';
import type { Precision } from '../src/inference/providers/precision.ts';
import { parseProviders } from '../src/inference/providers/providers.ts';
import type { HostTotals, SourceInfo } from '../src/media/protocol.ts';
import { openSource, type Source } from '../src/media/source.ts';
import { longestStride } from '../src/media/stride.ts';
import { chooseInputSize, createNamer, type Model } from '../src/model/index.ts';
import { draw } from '../src/operators/draw.ts';
import { localise } from '../src/operators/localise.ts';
import { NETWORK_DEFAULTS } from '../src/operators/run-network.ts';
import { type TrackedFrame, untracked } from '../src/operators/track.ts';
import { HINDSIGHT_SECONDS, trackInHindsight } from '../src/operators/track-in-hindsight.ts';
import type { Size } from '../src/types.ts';
import type { AnnotateFileOptions } from './analysis.ts';
import { defined, encodingOf, openModel, thresholdOf } from './analysis.ts';
import { checkStride, creditsFor, framesAhead } from './frame-credits.ts';
import { profiling } from './profiling.ts';

/** A run that is ready: everything is open and checked. */
export interface AnnotateRun {
  readonly info: SourceInfo;
  readonly model: Model;
  readonly inputSize: Size;
  /** Where the network runs now. */
  readonly provider: string;
  readonly precision: Precision;
  /** See `Engine`. */
  readonly providerWhy: string | undefined;
  /** Runs on subscription, once. Completes when the output is finished and in its place. */
  readonly frames: Observable<TrackedFrame>;
  /** Decodes no more: what was decoded is finished, and `frames` completes. */
  stop(): void;
  /** Known once `frames` has completed. */
  totals(): HostTotals | undefined;
  /** Ends everything and removes an unfinished output. For a run that `frames` ended it does nothing. */
  close(): Promise<void>;
  /** Removes an unfinished output without waiting for anything: for a process that is about to end. */
  discard(): void;
}

/**
 * Source → localise → track → draw → encode: a video file with boxes on it.
 *
 * @throws HeatboxError where an option or the input is wrong; nothing is left open or on disk then.
 */
export async function annotateFile(options: AnnotateFileOptions): Promise<AnnotateRun> {
  const { input, batch = NETWORK_DEFAULTS.batch, tracks = true } = options;
  const { stride = tracks && options.heatmap === undefined ? 'auto' : 1 } = options;
  const { start, duration, hwaccel, topK, minScore } = options;
  const accuracy = accuracies[options.accuracy ?? 'fast'];
  const output = options.output === undefined ? undefined : planOutput(options.output, input, options.force ?? false);
  const encoding = output && encodingOf(output, options);
  const threads = options.threads ?? availableParallelism();
  const { note, slices, onWork, meet = identity } = profiling(options.profile);
  // Refused before anything is opened.
  parseProviders(options.provider ?? 'auto');
  const [source, { model, groups, wantedSize, engine }] = await bothOpen(
    openSource(
      { input, threads, vectors: stride !== 1, ...defined({ start, duration, hwaccel }) },
      { warning: options.onWarning, log: options.onLog, slices },
    ),
    openNetwork(),
  );
  const namer = createNamer(groups);
  const inputSize = wantedSize ?? chooseInputSize(source.info.video.display, model, accuracy.area);
  const keepsFrames = output !== undefined;
  const { plain, workers = 1 } = engine;
  const { coded, frameRate } = source.info.video;
  try {
    if (keepsFrames) checkStride(coded, longestStride(stride));
  } catch (error) {
    await Promise.all([source.close(), engine.close()]);
    throw error;
  }
  const rate = frameRate.num / frameRate.den;
  const ahead = tracks ? framesAhead(coded, { seconds: HINDSIGHT_SECONDS, rate, keepsFrames }) : 0;
  const credits = creditsFor(coded, { ahead, batch, workers, stride, keepsFrames });
  const threshold = thresholdOf(options.threshold, engine, accuracy);
  // Who did not ask for better maps does not miss them.
  if (plain && options.accuracy !== undefined) {
    const message = `${model.name} has no earlier stages that its maps could be refined with: they stay plain`;
    options.onWarning?.('MAPS_PLAIN', message);
  }
  let totals: HostTotals | undefined;
  let committed = false;

  const frames = source.frames({ inputSize, stride, credits, ...defined({ output: encoding }) }).pipe(
    meet,
    // With `auto` the next frame that is seen is far off.
    localise({ engine, batch, namer, topK, minScore, threshold, note, ...(stride === 'auto' && { wait: 0 }) }),
    // Boxes within a fixed stride want the frame at its end.
    tracks ? trackInHindsight({ namer, frames: stride === 'auto' ? ahead : ahead + stride - 1, note }) : untracked(),
    output === undefined ? identity : draw({ labels: model.labels, heatmap: options.heatmap, ids: tracks }),
    concatWith(defer(finish).pipe(ignoreElements())),
    catchError((error: unknown) => {
      throw namingTarget(error, output);
    }),
    finalize(close),
  );

  async function openNetwork() {
    const opened = await openModel(options);
    const { provider, precision, onWarning } = options;
    const engine = await openEngine(opened.model, {
      provider,
      precision,
      threads,
      favour: 'throughput',
      refine: accuracy,
      onWarning,
      onWork,
    });
    return { ...opened, engine };
  }

  async function finish(): Promise<void> {
    totals = await source.finished();
    // A run stopped before its first frame has made no video.
    if (output === undefined || totals.encoded === 0) return;
    output.commit();
    committed = true;
  }

  function discard(): void {
    if (!committed) output?.discard();
  }

  async function close(): Promise<void> {
    await Promise.all([source.close(), engine.close()]);
    discard();
  }

  return {
    info: source.info,
    model,
    inputSize,
    get provider() {
      return engine.provider;
    },
    get precision() {
      return engine.precision ?? 'fp32';
    },
    providerWhy: engine.why,
    frames,
    stop: () => source.stop(),
    totals: () => totals,
    close,
    discard,
  };
}

/** Waits for both. Where one fails, the other is closed; the source's own failure comes first, and as soon as it is known. */
async function bothOpen<T extends { readonly engine: Engine }>(
  opening: Promise<Source>,
  loading: Promise<T>,
): Promise<[Source, T]> {
  loading.catch(() => {});
  const source = await opening.catch((error: unknown) => {
    void loading.then(({ engine }) => engine.close()).catch(() => {});
    throw error;
  });
  try {
    return [source, await loading];
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Puts the name the user gave in the place of the temporary one. */
function namingTarget(error: unknown, output: OutputFile | undefined): unknown {
  if (!(error instanceof HeatboxError) || output === undefined || !error.message.includes(output.temporary))
    return error;
  const { code, message, hint, value, kind, cause } = error;
  return new HeatboxError(code, message.replaceAll(output.temporary, output.path), { hint, value, kind, cause });
}
