import { concatWith, defer, filter, finalize, identity, ignoreElements, type Observable, tap } from 'rxjs';
import type { AccuracyName } from '../src/cam/accuracy.ts';
import type { WarningCode } from '../src/error-codes.ts';
import { type CropStore, cropPath, cropStore } from '../src/events/crop-store.ts';
import type { EventLog } from '../src/events/log/log.ts';
import { trackEvents } from '../src/events/track-events.ts';
import type { Engine } from '../src/inference/engine.ts';
import { perSecond } from '../src/media/frame-rate.ts';
import type { OutputOptions } from '../src/media/protocol.ts';
import { type LiveSource, openLiveSource } from '../src/media/source.ts';
import { createNamer, type Model, wantedGroups } from '../src/model/index.ts';
import { hasEnd } from '../src/operators/announced-end.ts';
import { draw } from '../src/operators/draw.ts';
import { keepAlive } from '../src/operators/keep-alive.ts';
import type { Phase, PhaseOptions } from '../src/operators/stream-phase.ts';
import type { TrackedFrame } from '../src/operators/track.ts';
import { createMetrics, type Metrics } from '../src/server/metrics.ts';
import type { VideoFeed } from '../src/server/video/feed.ts';
import type { Namer } from '../src/types.ts';
import type { AnalysisOptions } from './analysis.ts';
import { bestCrops } from './best-crops.ts';
import { cellMaps, feedVideo } from './feed-video.ts';
import { followSession } from './follow-session.ts';
import { type Stage, stageTimes } from './stage-times.ts';

/** A stream: a source, what to look for in it, and how. */
export interface StreamOptions
  extends Pick<
    AnalysisOptions,
    'labels' | 'excludeLabels' | 'topK' | 'minScore' | 'threshold' | 'inputSize' | 'stride'
  > {
  /** What clients call it: 1 to 64 letters, digits, `.`, `_` or `-`, the first a letter or digit. */
  readonly name: string;
  /** `rtsp(s)://`, `rtmp(s)://`, `http(s)://`, `webcam:`, `screen:`, `test:`, a file, or an image sequence pattern. */
  readonly source: string;
  /** How RTSP brings its packets. Defaults to `tcp`. */
  readonly transport?: 'tcp' | 'udp';
  /**
   * `latest`, the default: the source plays at its own pace, and frames that the network has no time for pass unseen.
   * `lossless`: the source waits for the network.
   */
  readonly policy?: 'latest' | 'lossless';
  /** Restart a file at its end, as a new session. Defaults to false. */
  readonly loop?: boolean;
}

/** What {@link publishEvents} works with. */
export interface PublishContext {
  /** Where events go. */
  readonly log: EventLog;
  /** What names the tracks. */
  readonly model: Model;
  /** The stream's own share of the engine; closed at the stream's end. */
  readonly engine: Engine;
  /** Chooses among the groups that the stream looks for. Defaults to one for the stream's labels. */
  readonly namer?: Namer;
  /** How much work goes into the maps, as the engine was opened. Defaults to `fast`. */
  readonly accuracy?: AccuracyName;
  /** Most frames in a run of the network, with `lossless`. Defaults to 4. */
  readonly batch?: number;
  /** Counts frames. Defaults to counters that nobody reads. */
  readonly metrics?: Metrics['pipeline'];
  /** Keeps pictures of tracks. Defaults to one that keeps nothing. */
  readonly crops?: CropStore;
  /** Where the stream's video goes; closed at its end. If omitted, only events are published. */
  readonly feed?: VideoFeed;
  /** Returns where the annotated video of a session goes. If omitted, nothing is recorded. */
  readonly recordTo?: (session: string) => OutputOptions;
  /** How patient the stream is with its source. */
  readonly patience?: Partial<PhaseOptions>;
  /** Called on every change; with `failed` also with the error. */
  readonly onPhase?: (phase: Phase, reason: string | null, error?: unknown) => void;
  /** Called with a stable code and a sentence for everything that is odd, but stops nothing. */
  readonly onWarning?: (code: WarningCode, message: string) => void;
  /** Called with every frame once its events are published. */
  readonly onFrame?: (frame: TrackedFrame) => void;
  /** Called with what the stages of each frame took, milliseconds. */
  readonly onStage?: (stage: Stage, milliseconds: number) => void;
}

/**
 * Publishes a stream's events: source → localise → track → log, and its video to those who watch; session after session, as
 * long as the source can be brought back. Never emits. Completes when the source has ended, or has failed, which the
 * stream's state then says. Unsubscribing ends the tracks under way, and the source.
 *
 * @example
 * const log = await openLog();
 * const model = await loadModel();
 * const engine = await openEngine(model);
 * const stream = { name: 'gate', source: 'gate.mp4', policy: 'lossless' } as const;
 * await lastValueFrom(publishEvents(stream, { log, model, engine }), { defaultValue: undefined });
 */
export function publishEvents(stream: StreamOptions, context: PublishContext): Observable<never> {
  const { log, engine, feed, onPhase, onWarning, patience } = context;
  const { name, source, transport, loop = false, stride = 'auto' } = stream;
  const filled = {
    ...context,
    namer: context.namer ?? createNamer(wantedGroups(context.model, stream)),
    metrics: context.metrics ?? createMetrics().pipeline,
    crops: context.crops ?? cropStore(0),
  };
  let count = 0;
  return keepAlive({
    ...patience,
    loop,
    open: (signal) =>
      openLiveSource({ input: source, vectors: stride !== 1, transport }, { warning: onWarning }, signal),
    run: (opened, session) => publishSession(opened, session, stream, filled),
    onStanding({ phase, reason }, session, error) {
      if (phase === 'connecting' && count++ > 0) filled.metrics.streamRestarts.inc({ stream: name });
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

type FilledContext = PublishContext & Required<Pick<PublishContext, 'namer' | 'metrics' | 'crops'>>;

function publishSession(
  source: LiveSource,
  session: string,
  stream: StreamOptions,
  context: FilledContext,
): Observable<unknown> {
  const { log, model, metrics, crops, feed } = context;
  const { name, policy = 'latest' } = stream;
  const output = context.recordTo?.(session);
  const of = { stream: name, session };
  const { publish, end } = framePublisher(of, context);
  const cropping = bestCrops({ ...of, crops });
  const times = stageTimes(name, metrics, context.engine, context.onStage);

  const video = feed && feedVideo(source, session, feed, policy === 'lossless');
  const skipped = source.video.subscribe((event) => {
    if (event.type === 'skipped') metrics.framesDropped.inc({ stream: name, reason: event.reason }, event.count);
  });
  const { display, frameRate } = source.info.video;
  const rate = perSecond(frameRate);
  const started = { ...of, pts: null, ptsUs: null, size: display, frameRate: rate, live: !hasEnd(source.info) };
  log.publish({ type: 'stream.started', ...started });
  const followed = { ...stream, ...context, engine: times.engine, keepFrames: true, output, onArrival: times.arrived };
  return followSession(source, followed).pipe(
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
  { log, model, metrics, crops, feed }: FilledContext,
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
