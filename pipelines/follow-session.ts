import { identity, type Observable, tap } from 'rxjs';
import type { AccuracyName } from '../src/cam/accuracy.ts';
import type { Engine } from '../src/inference/engine.ts';
import type { OutputOptions } from '../src/media/protocol.ts';
import type { LiveSource, SourceFrame } from '../src/media/source.ts';
import { AUTO, longestStride } from '../src/media/stride.ts';
import { checkInputSize, chooseInputSize, type Model } from '../src/model/index.ts';
import { localise } from '../src/operators/localise.ts';
import { NETWORK_DEFAULTS } from '../src/operators/run-network.ts';
import { type TrackedFrame, track, untracked } from '../src/operators/track.ts';
import type { Namer } from '../src/types.ts';
import type { AnalysisOptions } from './analysis.ts';
import { creditsFor } from './frame-credits.ts';

/** What of a session is looked for, and how. */
export interface FollowOptions
  extends Pick<AnalysisOptions, 'topK' | 'minScore' | 'threshold' | 'inputSize' | 'stride' | 'tracks' | 'batch'> {
  readonly policy?: 'latest' | 'lossless';
  readonly model: Model;
  readonly engine: Engine;
  readonly namer: Namer;
  /** As the engine was opened. */
  readonly accuracy?: AccuracyName;
  /** Whether full frames are kept while they are under way, for crops. */
  readonly keepFrames?: boolean;
  /** Where the annotated video goes. If omitted, none is encoded. */
  readonly output?: OutputOptions;
  /** Called with each frame when it comes from the source. */
  readonly onArrival?: (frame: SourceFrame) => void;
}

/** How long a live frame waits for the network, milliseconds: after that it is shown with the boxes predicted for it. */
const LONGEST_WAIT = 200;

/**
 * Source → localise → track, for one session of a live source. Frames that the network answered too late for come again,
 * marked `late`, for those who follow objects.
 */
export function followSession(source: LiveSource, options: FollowOptions): Observable<TrackedFrame> {
  const { model, engine, namer, accuracy, topK, minScore, threshold, keepFrames = false, output } = options;
  const { policy = 'latest', stride = 'auto', tracks = true, batch = NETWORK_DEFAULTS.batch, onArrival } = options;
  const { display, coded } = source.info.video;
  const live = policy === 'latest';
  const longest = longestStride(stride);
  // Frames of a live source wait for none that follow them.
  const underWay = live ? { batch: 8, stride: 1 } : { batch, stride: longest };
  const credits = Math.max(longest + 1, creditsFor(coded, { ...underWay, workers: 1, keepsFrames: true }));
  const inputSize = options.inputSize
    ? checkInputSize(options.inputSize, model)
    : chooseInputSize(display, model, accuracy);
  const interval = live ? AUTO.liveSeconds : AUTO.seconds;
  return source.frames({ inputSize, stride, interval, credits, policy, keepFrames, output }).pipe(
    onArrival === undefined ? identity : tap(onArrival),
    localise({
      engine,
      batch: live ? 1 : batch,
      policy,
      patience: live ? LONGEST_WAIT : undefined,
      namer,
      threshold,
      topK,
      minScore,
    }),
    tracks ? track({ namer, between: live ? 'predict' : 'interpolate' }) : untracked(),
  );
}
