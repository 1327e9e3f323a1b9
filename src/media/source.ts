import { Observable } from 'rxjs';
import { HeatboxError } from '../error.ts';
import type { Rendition } from '../protocol/video.ts';
import { encodeCredentials } from '../text/url-credentials.ts';
import { cropper } from './cropper.ts';
import { perSecond } from './frame-rate.ts';
import type { HostListeners } from './host/host-line.ts';
import { startHostProcess } from './host/host-process.ts';
import { type HostHandle, startHostThread } from './host/host-thread.ts';
import type { HostTotals, OpenOptions, SourceInfo, VideoEvent } from './protocol.ts';
import { type FramesOptions, receiveFrames } from './receive-frames.ts';
import type { SourceFrame } from './source-frame.ts';

export type { VideoEvent } from './protocol.ts';
export type { FramesOptions } from './receive-frames.ts';
export type { Glimpse, SourceFrame } from './source-frame.ts';

/** A live source: it also passes its video on. */
export interface LiveSource extends Source {
  /** Subscribe before `frames`, which sets the source going. Never completes; ends with the source. */
  readonly video: Observable<VideoEvent>;
  /** Emits while the source is alive in its media host, whether or not frames get here. Ends with the source. */
  readonly alive: Observable<unknown>;
  /** Which renditions of the video to pass on from now on; none at first. */
  demand(renditions: ReadonlySet<Rendition>): void;
}

/** An open source. Close it, or read its frames to the end. */
export interface Source {
  /** What the source is. */
  readonly info: SourceInfo;
  /**
   * The frames in order; can be subscribed to once. Completes after the last frame, while some may still be held.
   * Unsubscribing before that ends the media host.
   *
   * Errors with HeatboxError: `BAD_OPTION`, `SOURCE_USED`, or what went wrong in the media host.
   */
  frames(options: FramesOptions): Observable<SourceFrame>;
  /**
   * Resolves when every frame was given back and, with an output, the file is finished; rejects where it never will be.
   * The media host then leaves by itself.
   */
  finished(): Promise<HostTotals>;
  /** Decodes no more; what was decoded still comes, and the output is finished. */
  stop(): void;
  /** Ends the media host, whatever it is doing. Its thread is gone when the promise resolves. */
  close(): Promise<void>;
}

/** `OpenOptions` with FFmpeg's own choice of threads where none is given. */
export type SourceOptions = Omit<OpenOptions, 'threads' | 'profile'> & Partial<Pick<OpenOptions, 'threads'>>;

/**
 * Opens a file, an image sequence pattern or an http(s) URL in a media host of its own.
 *
 * @throws HeatboxError `SOURCE_…` where the input cannot be read as video.
 */
export async function openSource(
  { threads = 0, ...options }: SourceOptions,
  listeners: HostListeners = {},
): Promise<Source> {
  const host = await startHostThread(listeners);
  const input = encodeCredentials(options.input);
  const info = await openHost(host, { ...options, input, threads, profile: listeners.slices !== undefined });
  return sourceOf(info, host, 'shared');
}

/**
 * Opens a live or served source in a media host in a process of its own: `rtsp(s)://`, `rtmp(s)://`, `http(s)://`,
 * `webcam:`, `screen:`, `test:`, or a file.
 *
 * @param signal - Ends the opening: the host is gone when the promise rejects.
 * @throws HeatboxError `SOURCE_…`, `WEBCAM_…`, `SCREEN_…`, or `MEDIA_HOST_GONE` where FFmpeg took its process down.
 */
export async function openLiveSource(
  { threads = 1, ...options }: SourceOptions,
  listeners: HostListeners = {},
  signal?: AbortSignal,
): Promise<LiveSource> {
  const host = startHostProcess(listeners);
  const input = encodeCredentials(options.input);
  const info = await openHost(host, { ...options, input, threads }, signal);
  return {
    ...sourceOf(info, host, 'messages'),
    video: new Observable((subscriber) =>
      host.listen(
        (event) => {
          const { type } = event;
          if (type === 'config' || type === 'unit' || type === 'picture' || type === 'skipped') subscriber.next(event);
        },
        // What went wrong is told by `frames`.
        () => subscriber.complete(),
      ),
    ),
    alive: new Observable((subscriber) =>
      host.listen(
        (event) => {
          if (event.type === 'alive') subscriber.next(event);
        },
        () => subscriber.complete(),
      ),
    ),
    demand: (renditions) => host.send({ type: 'demand', renditions: [...renditions] }),
  };
}

async function openHost(host: HostHandle, options: OpenOptions, signal?: AbortSignal): Promise<SourceInfo> {
  try {
    return await new Promise<SourceInfo>((resolve, reject) => {
      const stop = host.listen((event) => {
        if (event.type !== 'opened') return;
        stop();
        resolve(event.info);
      }, reject);
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      host.send({ type: 'open', options });
    });
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** @param inputs - How model inputs come: in shared memory, or with the messages of a host in another process. */
function sourceOf(info: SourceInfo, host: HostHandle, inputs: 'shared' | 'messages'): Source {
  let started = false;
  let stopped = false;
  const finished = new Promise<HostTotals>((resolve, reject) => {
    host.listen((event) => {
      if (event.type === 'finished') resolve(event.totals);
    }, reject);
  });
  // Who does not ask learns of a failure from `frames`.
  finished.catch(() => {});
  const crop = cropper(host);
  const frameRate = perSecond(info.video.frameRate);
  return {
    info,
    frames: (options) =>
      new Observable((subscriber) => {
        if (started) {
          subscriber.error(
            new HeatboxError('SOURCE_USED', 'the frames of a source can be subscribed to once', {
              hint: 'Open the source again.',
            }),
          );
          return;
        }
        started = true;
        const stopDelivery = receiveFrames(host, crop, { ...options, inputs, frameRate }, subscriber);
        if (stopped) host.send({ type: 'stop' });
        return stopDelivery;
      }),
    finished: () => finished,
    stop() {
      stopped = true;
      // Before the start the host takes it for the end of all.
      if (started) host.send({ type: 'stop' });
    },
    close: () => host.close(),
  };
}
