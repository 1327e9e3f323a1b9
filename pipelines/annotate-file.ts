import { catchError, concatWith, defer, finalize, identity, ignoreElements, type Observable } from 'rxjs';
import { checkOption, HeatboxError } from '../src/error.ts';
import { type OutputFile, planOutput } from '../src/files/output-file.ts';
import type { Precision } from '../src/inference/providers/precision.ts';
import type { HostTotals, SourceInfo } from '../src/media/protocol.ts';
import { createNamer, type Model } from '../src/model/index.ts';
import { draw } from '../src/operators/draw.ts';
import { localise } from '../src/operators/localise.ts';
import { type TrackedFrame, untracked } from '../src/operators/track.ts';
import { trackInHindsight } from '../src/operators/track-in-hindsight.ts';
import type { Size } from '../src/types.ts';
import { type AnnotateFileOptions, encodingOf } from './analysis.ts';
import { openParts } from './open-annotate.ts';
import { profiling } from './profiling.ts';

/** A run that is ready: everything is open and checked. */
export interface AnnotateRun {
  /** What the source is. */
  readonly info: SourceInfo;
  /** What the frames were localised with. */
  readonly model: Model;
  /** What the network sees, pixels. */
  readonly inputSize: Size;
  /** Where the network runs now. */
  readonly provider: string;
  /** What the network computes in. */
  readonly precision: Precision;
  /** Why the network runs there, and why in that precision, unless you chose both. */
  readonly providerWhy: string | undefined;
  /** Runs on subscription, once. Completes when the output is finished and in its place. Unsubscribing discards the output. */
  readonly frames: Observable<TrackedFrame>;
  /** Stops decoding: the frames already decoded are finished, the output stays playable, and `frames` completes. */
  stop(): void;
  /** Known once `frames` has completed. */
  totals(): HostTotals | undefined;
  /** Ends everything and removes an unfinished output. Does nothing if `frames` has ended. */
  close(): Promise<void>;
  /** Removes an unfinished output at once, for a process that is about to exit. */
  discard(): void;
}

/**
 * Draws boxes, names and tracks on a video file: source → localise → track → draw → encode. Does what `heatbox annotate`
 * does, with the same defaults. Each frame comes out with the knowledge of the second that follows it.
 *
 * @throws HeatboxError if an option, the model or the input is wrong; nothing is left open or on disk then. The same errors
 *   reach subscribers of `frames` while it runs.
 *
 * @example
 * const run = await annotateFile({ input: 'bird.mp4', output: 'boxes.mp4', labels: ['bird'] });
 * await lastValueFrom(run.frames);
 */
export async function annotateFile(options: AnnotateFileOptions): Promise<AnnotateRun> {
  const { input, force = false, tracks = true, heatmap, blur, topK, minScore, threshold } = options;
  checkOption(!(blur && heatmap !== undefined), 'heatmap', heatmap, 'left out together with blur');
  const output = options.output === undefined ? undefined : planOutput(options.output, input, force);
  const encoding = output && encodingOf(output, options);
  const { note, slices, onWork, meet = identity } = profiling(options.profile);
  const parts = await openParts(options, { keepsFrames: output !== undefined, slices, onWork });
  const { source, engine, model, inputSize, stride, batch, credits, ahead } = parts;
  const namer = createNamer(parts.groups);
  // With `auto` the next frame that is seen is far off.
  const wait = stride === 'auto' ? 0 : undefined;
  let totals: HostTotals | undefined;
  let committed = false;

  const frames = source.frames({ inputSize, stride, credits, output: encoding }).pipe(
    meet,
    localise({ engine, batch, wait, namer, topK, minScore, threshold, note }),
    tracks ? trackInHindsight({ namer, frames: ahead, note }) : untracked(),
    output === undefined ? identity : draw({ labels: model.labels, heatmap, blur, ids: tracks }),
    concatWith(defer(finish).pipe(ignoreElements())),
    catchError((error: unknown) => {
      throw namingTarget(error, output);
    }),
    finalize(close),
  );

  async function finish(): Promise<void> {
    totals = await source.finished();
    // A run stopped before its first frame has made no video.
    if (output === undefined || totals.encoded === 0) return;
    if (options.commit === undefined) output.commit();
    else await options.commit(output);
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

/** Puts the name the user gave in the place of the temporary one. */
function namingTarget(error: unknown, output: OutputFile | undefined): unknown {
  if (!(error instanceof HeatboxError) || output === undefined || !error.message.includes(output.temporary))
    return error;
  const { code, message, hint, value, kind, cause } = error;
  return new HeatboxError(code, message.replaceAll(output.temporary, output.path), { hint, value, kind, cause });
}
