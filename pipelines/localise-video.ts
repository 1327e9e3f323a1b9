import { concatWith, defer, EMPTY, filter, map, throwError } from 'rxjs';
import type { AccuracyName } from '../src/cam/accuracy.ts';
import { nameOf } from '../src/events/wire-track.ts';
import { openEngine } from '../src/inference/open-engine.ts';
import { type LiveSource, openLiveSource } from '../src/media/source.ts';
import { createNamer, type Model } from '../src/model/index.ts';
import { type Iterated, iterate } from '../src/operators/iterate.ts';
import { keepAlive } from '../src/operators/keep-alive.ts';
import type { Phase } from '../src/operators/stream-phase.ts';
import type { TrackedFrame } from '../src/operators/track.ts';
import type { Size, Track } from '../src/types.ts';
import { type AnalysisOptions, type FileOptions, openModel } from './analysis.ts';
import { annotateFile } from './annotate-file.ts';
import { followSession } from './follow-session.ts';

/** Options of {@link localiseVideo}. */
export interface LocaliseVideoOptions extends AnalysisOptions, FileOptions {
  /**
   * Live sources play at their own pace: frames that the network has no time for come with predicted boxes, and a source that
   * is lost is reopened. Defaults to true for `rtsp:`, `rtmp:`, `webcam:`, `screen:` and `test:`, and to false for files and
   * http(s). `start`, `duration` and `hwaccel` are for files only.
   */
  readonly live?: boolean;
  /** How RTSP brings its packets. Defaults to `tcp`. */
  readonly transport?: 'tcp' | 'udp';
  /** Live only: restart a file at its end. Defaults to false. */
  readonly loop?: boolean;
  /** Live only: called when the source connects, stalls, is lost, comes back or ends, with the reason if there is one. */
  readonly onPhase?: (phase: Phase, reason: string | null) => void;
  /** Ends the loop: it throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A localised object that is followed over time, with its name. */
export interface NamedTrack extends Track {
  /** Its name, e.g. `sulphur-crested cockatoo`, or that of its group, e.g. `bird`. */
  readonly label: string;
  /** The WordNet id of that class or group; empty if the model's labels have none. */
  readonly wnid: string;
}

/** One frame and the objects in it. */
export interface VideoFrame {
  /** Counts from 0; for live sources from 0 again in each session. */
  readonly index: number;
  /** Seconds of the source's clock. */
  readonly pts: number;
  /** The same in whole microseconds. */
  readonly ptsUs: number;
  /** Pixels of the picture as displayed: the space of boxes and points. */
  readonly display: Size;
  /** Whether the network saw this frame. Otherwise its boxes follow the motion. */
  readonly analysed: boolean;
  /** The objects in it, by id. */
  readonly tracks: readonly NamedTrack[];
}

/**
 * Localises objects in a video, frame by frame: a file, an image sequence, a URL, a camera. Results are those of
 * `heatbox annotate` for files and of `heatbox watch` for live sources, with the same defaults. The decoder waits while the
 * body of your loop runs. Leaving the loop early, by `break` or by an error, ends all threads and frees all frames.
 *
 * @param input A file, an image sequence pattern (`frames/%04d.png`), `http(s)://`, `rtsp(s)://`, `rtmp(s)://`, `webcam:`,
 *   `screen:` or `test:`.
 * @returns an iterable for one loop. Nothing is opened until the loop starts.
 * @throws HeatboxError from the loop if an option, the model or the input is wrong, or if something fails on the way:
 *   `SOURCE_…`, `MODEL_…`, `LABEL_…`, `ENGINE_…`, `BAD_OPTION`, `BAD_INPUT_SIZE`.
 *
 * @example
 * for await (const { pts, tracks } of localiseVideo('bird.mp4', { labels: ['bird'] })) console.log(pts, tracks);
 */
export function localiseVideo(
  input: string,
  options: LocaliseVideoOptions = {},
): AsyncIterableIterator<VideoFrame, undefined> {
  const { live = isLive(input), signal } = options;
  return iterate({
    open: () => (live ? openLive(input, options) : openFile(input, options)),
    describe: ({ model, frame }) => describe(frame, model),
    signal,
  });
}

/** A frame on its way into a loop. */
interface Arriving {
  readonly model: Model;
  readonly frame: TrackedFrame;
  hold(): () => void;
}

const arriving = (model: Model) => (frame: TrackedFrame) => ({ model, frame, hold: frame.hold });

async function openFile(input: string, options: LocaliseVideoOptions): Promise<Iterated<Arriving>> {
  const run = await annotateFile({ ...options, input });
  return { frames: run.frames.pipe(map(arriving(run.model))), close: run.close };
}

async function openLive(input: string, options: LocaliseVideoOptions): Promise<Iterated<Arriving>> {
  const {
    stride = 'auto',
    transport,
    loop = false,
    onWarning,
    onLog,
    onPhase,
    providers,
    precision,
    threads,
  } = options;
  const accuracy: AccuracyName | undefined = options.accuracy;
  const { model, groups } = await openModel(options);
  const engine = await openEngine(model, { providers, precision, accuracy, threads, onWarning });
  const namer = createNamer(groups);
  /** The newest session's. */
  let source: Promise<LiveSource> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const sessions = keepAlive({
    loop,
    open(signal) {
      const from = { input, vectors: stride !== 1, transport };
      source = openLiveSource(from, { warning: onWarning, log: onLog }, signal);
      return source;
    },
    run: (opened) => followSession(opened, { ...options, model, engine, namer, accuracy, policy: 'latest' }),
    onStanding({ phase, reason }, _session, error) {
      onPhase?.(phase, reason);
      if (phase === 'failed') failure = { error };
    },
  });
  const failed = defer(() => (failure ? throwError(() => failure?.error) : EMPTY));
  return {
    // What comes late is for those who follow objects: the frame itself was there before.
    frames: sessions.pipe(
      filter(({ late }) => !late),
      map(arriving(model)),
      concatWith(failed),
    ),
    async close() {
      await source?.then(
        (opened) => opened.close(),
        () => {},
      );
      await engine.close();
    },
  };
}

function describe({ index, pts, ptsUs, display, localisations, tracks }: TrackedFrame, model: Model): VideoFrame {
  return {
    index,
    pts,
    ptsUs,
    display,
    analysed: localisations !== undefined,
    tracks: tracks.map((track) => {
      const { name, wnid } = nameOf(track, (index) => model.labels[index]!);
      return { ...track, label: name, wnid };
    }),
  };
}

/** Whether a source has a pace of its own: everything with a scheme but files and http. Windows' drives have one letter. */
function isLive(input: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(input)?.[1]?.toLowerCase();
  return scheme !== undefined && !['http', 'https', 'file'].includes(scheme);
}
