import { Observable, type Subscriber } from 'rxjs';
import { checkOption, HeatboxError } from '../error.ts';
import type { Overlay } from '../overlay/index.ts';
import type { Rendition } from '../protocol/video.ts';
import { encodeCredentials } from '../text/url-credentials.ts';
import type { Box, ModelInput, MotionField, Size } from '../types.ts';
import { poolSlots } from './host/frame-pool.ts';
import type { HostListeners } from './host/host-line.ts';
import { startHostProcess } from './host/host-process.ts';
import { type HostHandle, startHostThread } from './host/host-thread.ts';
import type { HostEvent, HostTotals, OpenOptions, OutputOptions, SourceInfo } from './protocol.ts';
import { AUTO, longestStride, type Stride } from './stride.ts';

/** A picture of an earlier frame as the network would see it. */
export interface Glimpse extends ModelInput {
  /** Seconds of the source clock. */
  readonly pts: number;
}

/** One decoded frame. The picture itself stays in the media host; what is here is its model input. */
export interface SourceFrame {
  /** Counts from 0. */
  readonly index: number;
  /** Seconds of the source clock. */
  readonly pts: number;
  /** The same in integer microseconds. */
  readonly ptsUs: number;
  readonly display: Size;
  /** What the network sees, valid until the frame is given back; absent on frames it does not see. */
  readonly input?: ModelInput;
  /** The same of a moment before, of frames the network sees after some it did not: what moves is told by the two. */
  readonly glimpse?: Glimpse;
  /** How the picture moved up to this frame, where the network does not see every frame and it is known. */
  readonly motion?: MotionField;
  /** When its packet had arrived, milliseconds since the epoch; of live sources. */
  readonly receivedAt?: number;
  /**
   * Keeps the frame under way after its subscribers have returned, which holds the decoder back. Each call adds one hold,
   * and the function it returns lifts it. A frame nobody holds goes back as soon as its subscribers have returned.
   *
   * @throws HeatboxError `FRAME_GONE` once it has gone back: something between here and the source handed it on late
   * without holding it.
   */
  hold(): () => void;
  /**
   * Draws on the full frame and encodes it, where the source has an output: in the order of the frames, once a frame.
   *
   * @throws HeatboxError `FRAME_GONE`
   */
  annotate(overlay: Overlay): void;
  /**
   * A part of the full frame as JPEG, the box in display pixels, where the source keeps its frames (`keepFrames`, or an
   * output). The frame is held until it is made. Resolves without one where that fails.
   */
  crop(box: Box): Promise<Uint8Array | undefined>;
}

export interface FramesOptions {
  readonly inputSize: Size;
  /** 1, the default, is every frame. For others open the source with `vectors`. */
  readonly stride?: Stride;
  /** Seconds that a stride of `auto` lets pass between two frames that the network sees; 0.33 where absent. */
  readonly interval?: number;
  /** Frames that may be under way at once: decoded ahead and not yet given back. More than lie between two that are seen. */
  readonly credits?: number;
  readonly output?: OutputOptions;
  /** Keeps full frames in the media host until they are given back, so that crops can be taken of them. */
  readonly keepFrames?: boolean;
  /** Of live sources: what happens to frames that come while no credit is left. */
  readonly policy?: 'latest' | 'lossless';
}

/** What a live source passes on of its video beside the frames, and what it left out. */
export type VideoEvent = Extract<HostEvent, { type: 'config' | 'unit' | 'picture' | 'skipped' }>;

export interface LiveSource extends Source {
  /** Subscribe before `frames`, which sets the source going. Never completes; ends with the source. */
  readonly video: Observable<VideoEvent>;
  /** Which renditions of the video to pass on from now on; none at first. */
  demand(renditions: ReadonlySet<Rendition>): void;
}

export interface Source {
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

const DEFAULT_CREDITS = 12;

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
        const stopDelivery = deliverFrames(info, host, crop, { ...options, inputs }, subscriber);
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

type Cropper = (index: number, box: Box) => Promise<Uint8Array | undefined>;

/** Asks the host for crops; those that are asked for when it ends come to nothing. */
function cropper(host: HostHandle): Cropper {
  const asked = new Map<number, (jpeg: Uint8Array | undefined) => void>();
  let count = 0;
  const answer = (id: number, jpeg: Uint8Array | undefined) => {
    asked.get(id)?.(jpeg);
    asked.delete(id);
  };
  host.listen(
    (event) => {
      if (event.type === 'crop') answer(event.id, event.jpeg);
    },
    () => {
      for (const id of [...asked.keys()]) answer(id, undefined);
    },
  );
  return (index, box) =>
    new Promise((resolve) => {
      const id = count++;
      asked.set(id, resolve);
      host.send({ type: 'crop', id, index, box });
    });
}

/** @returns what ends the delivery and, where frames were still to come, the host. */
function deliverFrames(
  { video }: SourceInfo,
  host: HostHandle,
  crop: Cropper,
  options: FramesOptions & { readonly inputs: 'shared' | 'messages' },
  subscriber: Subscriber<SourceFrame>,
): () => void {
  const {
    inputSize,
    stride = 1,
    interval = AUTO.seconds,
    credits = Math.max(DEFAULT_CREDITS, 2 * longestStride(stride)),
    output,
    keepFrames = false,
    policy,
  } = options;
  const isStride = stride === 'auto' || (Number.isInteger(stride) && stride > 0);
  checkOption(isStride, 'stride', stride, 'a whole number above 0, or auto');
  const longest = longestStride(stride);
  checkOption(Number.isInteger(credits) && credits > longest, 'credits', credits, `more than the stride, ${longest}`);
  // With auto every frame may be seen; memory that is never touched is not taken.
  const slots = Math.ceil(credits / (stride === 'auto' ? 1 : stride)) + 1;
  const pictures = stride === 1 ? slots : 2 * slots;
  const pool =
    options.inputs === 'shared' ? new SharedArrayBuffer(pictures * inputSize.width * inputSize.height * 3) : undefined;
  const inputs = pool && poolSlots(pool, pictures, inputSize).map((data): ModelInput => ({ data, ...inputSize }));
  let underWay = 0;
  let ended = false;
  let closed = false;

  function giveBack(index: number, overlay: Overlay | undefined): void {
    underWay--;
    if (closed) return;
    host.send(overlay === undefined ? { type: 'release', index } : { type: 'annotate', index, overlay });
    if (ended && underWay === 0) host.send({ type: 'finish' });
  }

  function frameOf({
    index,
    pts,
    ptsUs,
    slot,
    input: sent,
    glimpse: sentBefore,
    glimpsePts,
    motion,
    display = video.display,
    receivedAt,
  }: Extract<HostEvent, { type: 'frame' }>): SourceFrame & { settle: () => void } {
    let holds = 1;
    let overlay: Overlay | undefined;
    const lift = () => {
      if (--holds === 0) giveBack(index, overlay);
    };
    const picture = (bytes: Uint8Array | undefined, at: number): ModelInput | undefined =>
      bytes === undefined ? (slot === undefined ? undefined : inputs?.[slot + at]) : { data: bytes, ...inputSize };
    const input = picture(sent, 0);
    const before = glimpsePts === undefined ? undefined : picture(sentBefore, slots);
    const checkHere = () => {
      if (holds === 0) throw frameGone(index);
    };
    return {
      index,
      pts,
      ptsUs,
      display,
      ...(input === undefined ? {} : { input }),
      ...(before === undefined ? {} : { glimpse: { ...before, pts: glimpsePts! } }),
      ...(motion === undefined ? {} : { motion }),
      ...(receivedAt === undefined ? {} : { receivedAt }),
      hold() {
        checkHere();
        holds++;
        let lifted = false;
        return () => {
          if (!lifted) lift();
          lifted = true;
        };
      },
      annotate(drawn) {
        checkHere();
        overlay = drawn;
      },
      crop(box) {
        checkHere();
        holds++;
        return crop(index, box).finally(lift);
      },
      settle: lift,
    };
  }

  const stopListening = host.listen(
    (event) => {
      if (event.type === 'frame') {
        underWay++;
        const { settle, ...frame } = frameOf(event);
        subscriber.next(frame);
        settle();
      } else if (event.type === 'ended') {
        ended = true;
        if (underWay === 0) host.send({ type: 'finish' });
        // Lets the operators go on with what they kept for later frames.
        subscriber.complete();
      }
    },
    (error) => subscriber.error(error),
  );
  host.send({
    type: 'start',
    options: {
      slots,
      inputSize,
      stride,
      interval,
      credits,
      keepFrames,
      ...(pool === undefined ? {} : { pool }),
      ...(output === undefined ? {} : { output }),
      ...(policy === undefined ? {} : { policy }),
    },
  });
  return () => {
    stopListening();
    if (ended) return;
    closed = true;
    void host.close();
  };
}

function frameGone(index: number): HeatboxError {
  return new HeatboxError('FRAME_GONE', `frame ${index} was given back before it was used`, {
    value: index,
    hint: 'Hold a frame (frame.hold()) before handing it on later, as consume() does.',
  });
}
