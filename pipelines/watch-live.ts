import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { merge, Subscription } from 'rxjs';
import { type AccuracyName, accuracies } from '../src/cam/accuracy.ts';
import type { WarningCode } from '../src/error-codes.ts';
import { cropStore } from '../src/events/crop-store.ts';
import { type LogOptions, openLog } from '../src/events/log/log.ts';
import { packageRoot } from '../src/files/package-root.ts';
import type { Engine } from '../src/inference/engine.ts';
import { openEngine } from '../src/inference/open-engine.ts';
import { shareEngine } from '../src/inference/pools/shared-engine.ts';
import type { PrecisionWish } from '../src/inference/providers/precision.ts';
import { wantsTfjs } from '../src/inference/providers/providers.ts';
import { openOnnx } from '../src/inference/sessions/open-onnx.ts';
import type { OutputOptions } from '../src/media/protocol.ts';
import { createNamer, loadModel, type Model, wnidsWithin } from '../src/model/index.ts';
import type { Phase, PhaseOptions } from '../src/operators/stream-phase.ts';
import type { TrackedFrame } from '../src/operators/track.ts';
import { drawOnJpeg } from '../src/overlay/index.ts';
import type { Logger } from '../src/server/logger.ts';
import { createMetrics, type Metrics } from '../src/server/metrics.ts';
import { type ServerOptions, startServer } from '../src/server/server.ts';
import { createVideoHub } from '../src/server/video/hub.ts';
import { groupsOf } from './analysis.ts';
import { type PublishContext, publishEvents, type StreamOptions } from './publish-events.ts';
import type { Stage } from './stage-times.ts';

export interface WatchLiveOptions {
  readonly streams: readonly StreamOptions[];
  /** A model's name or folder. */
  readonly model?: string;
  readonly engine: {
    readonly provider?: string;
    readonly precision?: PrecisionWish;
    readonly threads?: number;
    /** How much work goes into the maps; `fast` where absent. */
    readonly accuracy?: AccuracyName;
    /** Most frames in a run of the network. */
    readonly batch: number;
    /** How long a batch waits to fill up over the streams, seconds. */
    readonly batchWaitSeconds: number;
    /** Puts something around the network, such as a delay that a test wants. */
    readonly wrap?: (engine: Engine) => Engine;
  };
  readonly server: Pick<
    ServerOptions,
    'host' | 'port' | 'origins' | 'trustProxy' | 'basePath' | 'insecure' | 'limits' | 'token' | 'tls'
  >;
  readonly log?: LogOptions;
  /** How patient the streams are with their sources. */
  readonly patience?: Partial<PhaseOptions>;
  /** Where the annotated video of a session goes; absent: none is recorded. */
  readonly recordTo?: (stream: string, session: string) => OutputOptions;
  readonly logger: Logger;
  /** Told of every change; with `failed` also of the error. */
  readonly onPhase?: (stream: string, phase: Phase, reason: string | null, error?: unknown) => void;
  readonly onWarning?: (stream: string, code: WarningCode, message: string) => void;
  /** Told of every frame when its events are published. */
  readonly onFrame?: (stream: string, frame: TrackedFrame) => void;
  /** Told of what the stages of each frame took, milliseconds. */
  readonly onStage?: (stream: string, stage: Stage, milliseconds: number) => void;
}

/** Streams that are being watched. */
export interface WatchRun {
  /** As `http://127.0.0.1:8080`. */
  readonly url: string;
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
 * Every stream through one network into one server, which publishes its boxes, passes its video on and serves the viewer's
 * page.
 *
 * @throws HeatboxError `MODEL_…`, `LABEL_…`, `SERVER_…`, `ENGINE_…`; nothing is left open then. What is wrong with a source
 * is told by its phase.
 */
export async function watchLive(options: WatchLiveOptions): Promise<WatchRun> {
  const { streams, engine: wanted, server: access, logger, patience } = options;
  const names = streams.map(({ name }) => name);
  const model = await loadModel(options.model, { open: openOnnx, tfjs: wantsTfjs(wanted.provider) });
  const namers = streams.map((stream) => createNamer(groupsOf(model, stream)));
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
    const server = await startServer({
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
    const accuracy = accuracies[wanted.accuracy ?? 'fast'];
    const engine = await openEngine(model, {
      provider: wanted.provider,
      precision: wanted.precision,
      threads: wanted.threads,
      refine: accuracy,
      onWarning: (code, message) => logger.warn({ code }, message),
    });
    logger.info({ provider: engine.provider, precision: engine.precision, why: engine.why }, 'network loaded');
    closers.push(() => engine.close());
    const engineFor = shareEngine(wanted.wrap?.(engine) ?? engine, {
      batch: wanted.batch,
      wait: wanted.batchWaitSeconds * 1000,
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
        batch: wanted.batch,
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
