import { concatWith, defer, filter, finalize, identity, ignoreElements, type Observable, tap } from 'rxjs';
import type { Accuracy } from '../src/cam/accuracy.ts';
import type { WarningCode } from '../src/error-codes.ts';
import { type CropStore, cropPath } from '../src/events/crop-store.ts';
import type { EventLog } from '../src/events/log/log.ts';
import { trackEvents } from '../src/events/track-events.ts';
import type { Engine } from '../src/inference/engine.ts';
import { perSecond } from '../src/media/frame-rate.ts';
import type { OutputOptions } from '../src/media/protocol.ts';
import { type LiveSource, openLiveSource } from '../src/media/source.ts';
import { AUTO, longestStride, type Stride } from '../src/media/stride.ts';
import { chooseInputSize, type Model, parseInputSize } from '../src/model/index.ts';
import { hasEnd } from '../src/operators/announced-end.ts';
import { draw } from '../src/operators/draw.ts';
import { keepAlive } from '../src/operators/keep-alive.ts';
import { localise } from '../src/operators/localise.ts';
import type { Phase, PhaseOptions } from '../src/operators/stream-phase.ts';
import { type TrackedFrame, track } from '../src/operators/track.ts';
import type { Metrics } from '../src/server/metrics.ts';
import type { VideoFeed } from '../src/server/video/feed.ts';
import type { Namer } from '../src/types.ts';
import { thresholdOf } from './analysis.ts';
import { bestCrops } from './best-crops.ts';
import { cellMaps, feedVideo } from './feed-video.ts';
import { creditsFor } from './frame-credits.ts';
import { type Stage, stageTimes } from './stage-times.ts';

export interface StreamOptions {
  /** What clients call it. */
  readonly name: string;
  /** A file, an image sequence pattern, a URL, `webcam:`, `screen:` or `test:`. */
  readonly source: string;
  /** How RTSP brings its packets. */
  readonly transport?: 'tcp' | 'udp';
  readonly labels?: readonly string[];
  readonly excludeLabels?: readonly string[];
  readonly topK?: number;
  readonly minScore?: number;
  /** By the accuracy where absent. */
  readonly threshold?: number;
  readonly inputSize?: string;
  readonly stride: Stride;
  /** `latest`: at the source's own pace, frames the network has no time for pass unseen. `lossless`: the source waits. */
  readonly policy: 'latest' | 'lossless';
  /** Begins a file anew at its end, as a new session. */
  readonly loop: boolean;
}

export interface PublishContext {
  readonly log: EventLog;
  readonly model: Model;
  /** Chooses among the groups that the stream looks for; one for all its sessions. */
  readonly namer: Namer;
  /** The stream's own share of the engine; closed at the stream's end. */
  readonly engine: Engine;
  /** How much work goes into the maps, as the engine was opened. */
  readonly accuracy: Accuracy;
  readonly batch: number;
  readonly metrics: Metrics['pipeline'];
  readonly crops: CropStore;
  /** Where the stream's video goes; closed at its end. */
  readonly feed?: VideoFeed;
  /** Where the annotated video of a session goes; absent: it is not recorded. */
  readonly recordTo?: (session: string) => OutputOptions;
  /** How patient the stream is with its source. */
  readonly patience?: Partial<PhaseOptions>;
  readonly onPhase?: (phase: Phase, reason: string | null, error?: unknown) => void;
  readonly onWarning?: (code: WarningCode, message: string) => void;
  /** Told of every frame when its events are published. */
  readonly onFrame?: (frame: TrackedFrame) => void;
  /** Told of what the stages of each frame took, milliseconds. */
  readonly onStage?: (stage: Stage, milliseconds: number) => void;
}

/** How long a live frame waits for the network, milliseconds: after that it is shown with the boxes predicted for it. */
const LONGEST_WAIT = 200;

/**
 * Source → localise → track → events in the log, video to those who watch; session after session, as long as the source
 * can be brought back. Never emits. Completes when the source has ended, or has failed, which the stream's state then says;
 * unsubscribing ends the tracks under way, and the source.
 */
export function publishEvents(stream: StreamOptions, context: PublishContext): Observable<never> {
  const { log, engine, feed, metrics, onPhase, onWarning, patience } = context;
  const { name, source, transport, loop } = stream;
  let count = 0;
  return keepAlive({
    ...patience,
    loop,
    open: (signal) =>
      openLiveSource({ input: source, vectors: stream.stride !== 1, transport }, { warning: onWarning }, signal),
    run: (opened, session) => publishSession(opened, session, stream, context),
    onStanding({ phase, reason }, session, error) {
      if (phase === 'connecting' && count++ > 0) metrics.streamRestarts.inc({ stream: name });
      log.publish({ type: 'stream.state', stream: name, session, pts: null, ptsUs: null, state: phase, reason });
      onPhase?.(phase, reason, error);
    },
  }).pipe(
    ignoreElements(),
    finalize(() => {
      feed?.close();
      void engine.close();
    }),
  );
}

function publishSession(
  source: LiveSource,
  session: string,
  stream: StreamOptions,
  context: PublishContext,
): Observable<unknown> {
  const { log, model, namer, batch, accuracy, metrics, crops, feed } = context;
  const { name, stride, policy, topK, minScore } = stream;
  const threshold = thresholdOf(stream.threshold, context.engine, accuracy);
  const { display, coded, frameRate } = source.info.video;
  const live = policy === 'latest';
  const output = context.recordTo?.(session);
  const inputSize =
    stream.inputSize === undefined
      ? chooseInputSize(display, model, accuracy.area)
      : parseInputSize(stream.inputSize, model);
  const of = { stream: name, session };
  const { publish, end } = framePublisher(of, context);
  const cropping = bestCrops({ ...of, crops });
  const times = stageTimes(name, metrics, context.engine, context.onStage);

  const video = feed && feedVideo(source, session, feed, !live);
  const skipped = source.video.subscribe((event) => {
    if (event.type === 'skipped') metrics.framesDropped.inc({ stream: name, reason: event.reason }, event.count);
  });
  const rate = perSecond(frameRate);
  const started = { ...of, pts: null, ptsUs: null, size: display, frameRate: rate, live: !hasEnd(source.info) };
  log.publish({ type: 'stream.started', ...started });
  const longest = longestStride(stride);
  // Frames of a live source wait for none that follow them.
  const underWay = live ? { batch: 8, stride: 1 } : { batch, stride: longest };
  const credits = Math.max(longest + 1, creditsFor(coded, { ...underWay, workers: 1, keepsFrames: true }));
  return source
    .frames({
      inputSize,
      stride,
      interval: live ? AUTO.liveSeconds : AUTO.seconds,
      credits,
      policy,
      keepFrames: true,
      output,
    })
    .pipe(
      tap((frame) => times.arrived(frame)),
      localise({
        engine: times.engine,
        batch: live ? 1 : batch,
        policy,
        patience: live ? LONGEST_WAIT : undefined,
        namer,
        threshold,
        topK,
        minScore,
      }),
      track({ namer, between: live ? 'predict' : 'interpolate' }),
      tap(cropping.take),
      tap(publish),
      // What comes late is news of the tracks; the frame itself went on before.
      filter(({ late }) => !late),
      output === undefined ? identity : draw({ labels: model.labels, ids: true }),
      tap((frame) => times.published(frame)),
      tap((frame) => context.onFrame?.(frame)),
      // The last tracks end with the pictures that were taken of them.
      concatWith(defer(cropping.settled).pipe(ignoreElements())),
      finalize(() => {
        end();
        video?.unsubscribe();
        skipped.unsubscribe();
      }),
    );
}

/** Tells the log, the metrics and the viewers of a session's frames, and at its end of the tracks that end with it. */
function framePublisher(
  of: { readonly stream: string; readonly session: string },
  { log, model, metrics, crops, feed }: PublishContext,
) {
  const labelOf = (index: number) => model.labels[index]!;
  const events = trackEvents({
    ...of,
    labelOf,
    cropPath: (id) => (crops.get({ ...of, track: id }) ? cropPath({ ...of, track: id }) : null),
  });
  const newMaps = cellMaps(({ group, classIndex }) => (group ?? labelOf(classIndex)).name);

  function publish(frame: TrackedFrame): void {
    const { pts, ptsUs, display: size, tracks, input, localisations, awaited, late = false } = frame;
    const { stream } = of;
    const measured = localisations !== undefined;
    if (!late) metrics.framesDecoded.inc({ stream });
    if (measured) metrics.framesAnalysed.inc({ stream });
    // Those without an input were not to be analysed; those that are awaited will be.
    else if (input !== undefined && !awaited) metrics.framesDropped.inc({ stream, reason: 'busy' });
    // Late maps go with the next frame: the page has shown theirs.
    const maps = feed === undefined || late ? [] : newMaps(frame);
    if (maps.length > 0) feed?.maps(ptsUs, maps);
    for (const draft of events.frame({ pts, ptsUs, size, measured, late, tracks })) log.publish(draft);
  }

  function end(): void {
    for (const draft of events.end()) log.publish(draft);
  }

  return { publish, end };
}
