import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { merge, Subscription } from 'rxjs';
import type { AccuracyName } from '../src/cam/accuracy.ts';
import type { WarningCode } from '../src/error-codes.ts';
import { cropStore } from '../src/events/crop-store.ts';
import { type LogOptions, openLog } from '../src/events/log/log.ts';
import { packageRoot } from '../src/files/package-root.ts';
import type { Engine } from '../src/inference/engine.ts';
import { openEngine } from '../src/inference/open-engine.ts';
import { shareEngine } from '../src/inference/pools/shared-engine.ts';
import type { PrecisionWish } from '../src/inference/providers/precision.ts';
import type { OutputOptions } from '../src/media/protocol.ts';
import { createNamer, type Model, wantedGroups, wnidsWithin } from '../src/model/index.ts';
import type { Phase, PhaseOptions } from '../src/operators/stream-phase.ts';
import type { TrackedFrame } from '../src/operators/track.ts';
import { drawOnJpeg } from '../src/overlay/index.ts';
import { createLogger, type Logger } from '../src/server/logger.ts';
import { createMetrics, type Metrics } from '../src/server/metrics.ts';
import { type ServerOptions, serveStreams } from '../src/server/server.ts';
import { createVideoHub } from '../src/server/video/hub.ts';
import { loadModel } from './load-model.ts';
import { type PublishContext, publishEvents, type StreamOptions } from './publish-events.ts';
import type { Stage } from './stage-times.ts';

/** The network that all streams share. */
export interface SharedNetworkOptions {
  /** Where the network runs. See `OpenEngineOptions.providers`. Defaults to `['auto']`. */
  readonly providers?: readonly string[];
  /** What the network computes in. See `OpenEngineOptions.precision`. Defaults to `auto`. */
  readonly precision?: PrecisionWish;
  /** Threads of the network. Defaults to all cores. */
  readonly threads?: number;
  /** How much work goes into a frame. Defaults to `fast`. */
  readonly accuracy?: AccuracyName;
  /** Most frames in a run of the network. If omitted, as many as there are streams. */
  readonly batch?: number;
  /** How long a batch waits to fill up over the streams, seconds. If omitted, not at all. */
  readonly batchWaitSeconds?: number;
  /** Wraps the network, e.g. to measure or delay it. */
  readonly wrap?: (engine: Engine) => Engine;
}

/** Options of {@link watchLive}. */
export interface WatchLiveOptions {
  /** At least one. */
  readonly streams: readonly StreamOptions[];
  /** A model's name, or its folder. Defaults to `resnet50-imagenet`. */
  readonly model?: string;
  /** The network that all streams share. */
  readonly engine?: SharedNetworkOptions;
  /** Where the page and the events are served. Defaults to port 8080 on loopback. */
  readonly server?: Pick<
    ServerOptions,
    'host' | 'port' | 'origins' | 'trustProxy' | 'basePath' | 'insecure' | 'limits' | 'token' | 'tls'
  >;
  /** Where events are kept. Defaults to memory alone. */
  readonly log?: LogOptions;
  /** How patient the streams are with their sources. */
  readonly patience?: Partial<PhaseOptions>;
  /** Returns where the annotated video of a session goes. If omitted, nothing is recorded. */
  readonly recordTo?: (stream: string, session: string) => OutputOptions;
  /** Writes what happens. Defaults to silence. */
  readonly logger?: Logger;
  /** Called on every change; with `failed` also with the error. */
  readonly onPhase?: (stream: string, phase: Phase, reason: string | null, error?: unknown) => void;
  /** Called with a stable code and a sentence for everything that is odd, but stops nothing. */
  readonly onWarning?: (stream: string, code: WarningCode, message: string) => void;
  /** Called with every frame once its events are published. */
  readonly onFrame?: (stream: string, frame: TrackedFrame) => void;
  /** Called with what the stages of each frame took, milliseconds. */
  readonly onStage?: (stream: string, stage: Stage, milliseconds: number) => void;
}

/** Streams that are being watched. */
export interface WatchRun {
  /** Where the page is, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** What `/metrics` shows. */
  readonly metrics: Metrics;
  /** Resolves when all streams have ended or failed. */
  readonly over: Promise<void>;
  /** Ends the streams, then the server. */
  close(): Promise<void>;
}

const CROP_BYTES = 64 * 2 ** 20;
/** Where the viewer's page is built to. */
const VIEWER = join(packageRoot(), 'dist', 'web-viewer');

/**
 * Sends live streams through one network into one server, which publishes their boxes as events, passes their video on and
 * serves the viewer's page. Does what `heatbox watch` and `heatbox serve` do.
 *
 * @throws HeatboxError `MODEL_…`, `LABEL_…`, `SERVER_…`, `ENGINE_…`; nothing is left open then. What is wrong with a source
 *   is told by its phase.
 *
 * @example
 * const run = await watchLive({ streams: [{ name: 'gate', source: 'rtsp://cam.local/stream1', labels: ['dog'] }] });
 * console.log(run.url);
 */
export async function watchLive(options: WatchLiveOptions): Promise<WatchRun> {
  const { streams, engine: wanted = {}, server: access, patience } = options;
  const { batch = streams.length, batchWaitSeconds = 0, accuracy } = wanted;
  const logger = options.logger ?? createLogger('silent');
  const names = streams.map(({ name }) => name);
  const model = await loadModel(options.model, wanted);
  const namers = streams.map((stream) => createNamer(wantedGroups(model, stream)));
  const metrics = createMetrics();
  const crops = cropStore(CROP_BYTES);
  const log = await openLog(options.log);
  const closers: (() => unknown)[] = [() => log.close()];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const video = createVideoHub({
      streams: names,
      log,
      logger,
      metrics,
      drawOverlay: (jpeg, { tracks, size }) => drawOnJpeg(jpeg, tracks, size),
    });
    closers.push(() => video.close());
    const server = await serveStreams({
      ...access,
      streams: names,
      log,
      crops,
      logger,
      metrics,
      video,
      labelsWithin: (label) => wnidsWithin(model, label),
      isKnownLabel: knownLabels(model, streams),
      viewer: existsSync(VIEWER) ? VIEWER : undefined,
    });
    closers.push(() => server.close());
    const engine = await openEngine(model, {
      providers: wanted.providers,
      precision: wanted.precision,
      threads: wanted.threads,
      accuracy,
      onWarning: (code, message) => logger.warn({ code }, message),
    });
    logger.info({ provider: engine.provider, precision: engine.precision, why: engine.why }, 'network loaded');
    closers.push(() => engine.close());
    const engineFor = shareEngine(wanted.wrap?.(engine) ?? engine, {
      batch,
      wait: batchWaitSeconds * 1000,
      onRun: (size) => metrics.pipeline.batchSize.observe(size),
      onQueue: (waiting) => metrics.pipeline.queueDepth.set({ stage: 'network' }, waiting),
    });
    const published = streams.map((stream, index) => {
      const { name } = stream;
      return publishEvents(stream, {
        log,
        model,
        namer: namers[index]!,
        engine: engineFor(),
        accuracy,
        batch,
        metrics: metrics.pipeline,
        crops,
        feed: video.feed(name),
        patience,
        ...listenersOf(name, options),
      });
    });
    const running = new Subscription();
    closers.push(() => running.unsubscribe());
    const over = new Promise<void>((resolve, reject) => {
      running.add(merge(...published).subscribe({ error: reject, complete: resolve }));
    });
    return { url: server.url, metrics, over, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a run is told of all its streams, for one of them. */
function listenersOf(name: string, { recordTo, onPhase, onWarning, onFrame, onStage }: WatchLiveOptions) {
  return {
    recordTo: recordTo && ((session) => recordTo(name, session)),
    onPhase: onPhase && ((...change) => onPhase(name, ...change)),
    onWarning: onWarning && ((code, message) => onWarning(name, code, message)),
    onFrame: onFrame && ((frame) => onFrame(name, frame)),
    onStage: onStage && ((stage, milliseconds) => onStage(name, stage, milliseconds)),
  } satisfies Partial<PublishContext>;
}

/** What a track may be called: a class, a group above it, or a group that a stream asks for. */
function knownLabels(model: Model, streams: readonly StreamOptions[]): (label: string) => boolean {
  const names = [
    ...model.labels.flatMap(({ name, wnid }) => [name, wnid]),
    ...streams.flatMap(({ labels = [] }) => labels),
  ];
  const known = new Set(names.map((name) => name.trim().toLowerCase()));
  return (label) => known.has(label.toLowerCase()) || wnidsWithin(model, label).length > 0;
}
