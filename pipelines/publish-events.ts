import { randomUUID } from 'node:crypto';
import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  finalize,
  from,
  identity,
  ignoreElements,
  type Observable,
  repeat,
  tap,
} from 'rxjs';
import { type PresetName, presets } from '../src/cam/presets.ts';
import { type CropStore, cropPath } from '../src/events/crop-store.ts';
import { frameKeys } from '../src/events/frame-key.ts';
import type { EventLog } from '../src/events/log/log.ts';
import { trackEvents } from '../src/events/track-events.ts';
import type { Engine } from '../src/inference/engine.ts';
import { openSource, type Source } from '../src/media/source.ts';
import { chooseInputSize, createNamer, type Model, parseInputSize } from '../src/model/index.ts';
import { localise } from '../src/operators/localise.ts';
import { pace } from '../src/operators/pace.ts';
import { type TrackedFrame, track } from '../src/operators/track.ts';
import type { Metrics } from '../src/server/metrics.ts';
import { defined, groupsOf } from './annotate-options.ts';
import { bestCrops } from './best-crops.ts';

export interface StreamOptions {
  /** What clients call it. */
  readonly name: string;
  /** A file, an image sequence pattern, or an http(s) URL. */
  readonly source: string;
  readonly labels?: readonly string[] | undefined;
  readonly excludeLabels?: readonly string[] | undefined;
  readonly topK?: number | undefined;
  readonly minScore?: number | undefined;
  /** By the accuracy where absent. */
  readonly threshold?: number | undefined;
  /** How much work goes into the maps; `fast` where absent. */
  readonly accuracy?: PresetName | undefined;
  readonly inputSize?: string | undefined;
  readonly stride: number;
  /** `latest`: at the source's own pace, frames the network has no time for pass unseen. `lossless`: the source waits. */
  readonly policy: 'latest' | 'lossless';
  /** Begins a file anew at its end, as a new session. */
  readonly loop: boolean;
}

export interface PublishContext {
  readonly log: EventLog;
  readonly model: Model;
  /** The stream's own share of the engine; closed at the stream's end. */
  readonly engine: Engine;
  readonly batch: number;
  readonly metrics: Metrics['pipeline'];
  readonly crops: CropStore;
  readonly onWarning?: (code: string, message: string) => void;
}

/**
 * Source → localise → track → events in the log, session after session. Never emits. Completes when the source has ended,
 * or has failed, which the stream's state then says; unsubscribing ends the tracks under way, and the source.
 */
export function publishEvents(stream: StreamOptions, context: PublishContext): Observable<never> {
  const { log, engine } = context;
  return defer(() => publishSession(stream, context)).pipe(
    stream.loop ? repeat() : identity,
    catchError((error: Error) => {
      log.publish(stateOf(stream.name, randomUUID(), 'failed', error.message));
      return EMPTY;
    }),
    ignoreElements(),
    finalize(() => void engine.close()),
  );
}

function publishSession(stream: StreamOptions, context: PublishContext): Observable<unknown> {
  const { log } = context;
  const session = randomUUID();
  log.publish(stateOf(stream.name, session, 'connecting', null));
  const opening = openSource({ input: stream.source }, defined({ warning: context.onWarning }));
  return from(opening).pipe(
    concatMap((source) => publishFrames(source, session, stream, context)),
    // Unsubscribed while it was opening: nobody else would close it.
    finalize(
      () =>
        void opening.then(
          (source) => source.close(),
          () => {},
        ),
    ),
  );
}

function publishFrames(
  source: Source,
  session: string,
  stream: StreamOptions,
  context: PublishContext,
): Observable<unknown> {
  const { log, model, engine, batch, metrics, crops } = context;
  const { name, stride, policy } = stream;
  const { display, frameRate } = source.info.video;
  const live = policy === 'latest';
  const key = frameKeys();
  const events = trackEvents({
    stream: name,
    session,
    labelOf: (index) => model.labels[index]!,
    cropPath: (id) =>
      crops.get({ stream: name, session, track: id }) ? cropPath({ stream: name, session, track: id }) : null,
  });
  const takeCrops = bestCrops({ stream: name, session, crops });
  const rate = frameRate.num / frameRate.den;
  const preset = presets[stream.accuracy ?? 'fast'];
  const inputSize =
    stream.inputSize === undefined
      ? chooseInputSize(display, model, preset.area)
      : parseInputSize(stream.inputSize, model);
  const { topK, minScore, threshold = engine.plain ? undefined : preset.threshold } = stream;
  const namer = createNamer(groupsOf(model, stream));
  let end: readonly ['ended' | 'failed', string | null] = ['ended', 'stopped'];

  function publish({ pts, tracks, input, localisations }: TrackedFrame): void {
    const measured = localisations !== undefined;
    metrics.framesDecoded.inc({ stream: name });
    if (measured) metrics.framesAnalysed.inc({ stream: name });
    else metrics.framesDropped.inc({ stream: name, reason: input === undefined ? 'stride' : 'busy' });
    for (const draft of events.frame({ pts, ptsUs: key(pts), size: display, measured, tracks })) log.publish(draft);
  }

  log.publish({
    type: 'stream.started',
    stream: name,
    session,
    pts: null,
    ptsUs: null,
    size: display,
    frameRate: rate,
    live,
  });
  log.publish(stateOf(name, session, 'live', null));
  return source.frames({ inputSize, stride, credits: Math.max(3 * batch, stride + 1), keepFrames: true }).pipe(
    live ? pace() : identity,
    localise({
      engine,
      batch: live ? 1 : batch,
      policy,
      namer,
      ...defined({ topK, minScore, threshold }),
    }),
    track({ namer, between: live ? 'predict' : 'interpolate' }),
    tap({
      next: (frame) => {
        takeCrops(frame);
        publish(frame);
      },
      complete: () => {
        end = ['ended', null];
      },
      error: (error: Error) => {
        end = ['failed', error.message];
      },
    }),
    finalize(() => {
      for (const draft of events.end()) log.publish(draft);
      if (end[0] === 'ended') log.publish(stateOf(name, session, ...end));
    }),
  );
}

function stateOf(
  stream: string,
  session: string,
  state: 'connecting' | 'live' | 'ended' | 'failed',
  reason: string | null,
) {
  return { type: 'stream.state', stream, session, pts: null, ptsUs: null, state, reason } as const;
}
