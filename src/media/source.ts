import { Observable } from 'rxjs';
import { HeatboxError } from '../error.ts';
import type { ModelInput, Size } from '../types.ts';
import { poolSlots } from './frame-pool.ts';
import { type HostHandle, type HostListeners, startHostThread } from './host-handle.ts';
import type { Overlay } from './overlay/index.ts';
import type { HostEvent, HostTotals, OpenOptions, OutputOptions, SourceInfo } from './protocol.ts';

/** One decoded frame. The picture itself stays in the media host; what is here is its model input. */
export interface SourceFrame {
  /** Counts from 0. */
  readonly index: number;
  /** Seconds of the source clock. */
  readonly pts: number;
  /** The same in integer microseconds. */
  readonly ptsUs: number;
  readonly display: Size;
  /** What the network sees, in shared memory and valid until the frame is given back; absent on frames it does not see. */
  readonly input?: ModelInput;
  /**
   * Keeps the frame under way after its subscribers have returned, which holds the decoder back. Each call adds one hold,
   * and the function it returns lifts it. A frame nobody holds goes back as soon as its subscribers have returned.
   */
  hold(): () => void;
  /** Draws on the full frame and encodes it, where the source has an output: in the order of the frames, once a frame. */
  annotate(overlay: Overlay): void;
}

export interface FramesOptions {
  readonly inputSize: Size;
  /** The network sees every Nth frame; 1, the default, is every frame. */
  readonly stride?: number;
  /** Frames that may be under way at once: decoded ahead and not yet given back. At least `2 * stride`. */
  readonly credits?: number;
  readonly output?: OutputOptions;
}

export interface Source {
  readonly info: SourceInfo;
  /**
   * The frames in order; can be subscribed to once. Completes when the last frame was given back and, with an output, the
   * file is finished. Unsubscribing ends the media host.
   */
  frames(options: FramesOptions): Observable<SourceFrame>;
  /** Decodes no more; what was decoded still comes, and the output is finished. */
  stop(): void;
  /** Ends the media host, whatever it is doing. Its thread is gone when the promise resolves. */
  close(): Promise<void>;
  /** Known once `frames` has completed. */
  totals(): HostTotals | undefined;
}

const DEFAULT_CREDITS = 12;

/**
 * Opens a file, an image sequence pattern or an http(s) URL in a media host of its own.
 *
 * @throws HeatboxError `SOURCE_…` where the input cannot be read as video.
 */
export async function openSource(options: OpenOptions, listeners: HostListeners = {}): Promise<Source> {
  const host = await startHostThread(listeners);
  try {
    const info = await new Promise<SourceInfo>((resolve, reject) => {
      const stop = host.listen((event) => {
        if (event.type !== 'opened') return;
        stop();
        resolve(event.info);
      }, reject);
      host.send({ type: 'open', options });
    });
    return sourceOf(info, host);
  } catch (error) {
    await host.close();
    throw error;
  }
}

function sourceOf(info: SourceInfo, host: HostHandle): Source {
  let totals: HostTotals | undefined;
  let started = false;
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
        const stopListening = deliverFrames(info, host, options, {
          next: (frame) => subscriber.next(frame),
          error: (error) => subscriber.error(error),
          complete: (result) => {
            totals = result;
            subscriber.complete();
          },
        });
        return () => {
          stopListening();
          void host.close();
        };
      }),
    stop: () => host.send({ type: 'stop' }),
    close: () => host.close(),
    totals: () => totals,
  };
}

interface FrameReceiver {
  next(frame: SourceFrame): void;
  error(error: HeatboxError): void;
  complete(totals: HostTotals): void;
}

function deliverFrames(
  { video }: SourceInfo,
  host: HostHandle,
  options: FramesOptions,
  receiver: FrameReceiver,
): () => void {
  const { inputSize, stride = 1, credits = Math.max(DEFAULT_CREDITS, 2 * stride), output } = options;
  const slots = Math.ceil(credits / stride) + 1;
  const pool = new SharedArrayBuffer(slots * inputSize.width * inputSize.height * 3);
  const inputs = poolSlots(pool, slots, inputSize).map((data): ModelInput => ({ data, ...inputSize }));
  let underWay = 0;
  let ended = false;
  let closed = false;

  function finishIfDone(): void {
    if (ended && underWay === 0 && !closed) host.send({ type: 'finish' });
  }

  function frameOf({
    index,
    pts,
    ptsUs,
    slot,
  }: Extract<HostEvent, { type: 'frame' }>): SourceFrame & { settle: () => void } {
    let holds = 1;
    let overlay: Overlay | undefined;
    const lift = () => {
      if (--holds > 0) return;
      underWay--;
      if (closed) return;
      host.send(overlay === undefined ? { type: 'release', index } : { type: 'annotate', index, overlay });
      finishIfDone();
    };
    return {
      index,
      pts,
      ptsUs,
      display: video.display,
      ...(slot === undefined ? {} : { input: inputs[slot]! }),
      hold() {
        holds++;
        let lifted = false;
        return () => {
          if (!lifted) lift();
          lifted = true;
        };
      },
      annotate(drawn) {
        overlay = drawn;
      },
      settle: lift,
    };
  }

  const stopListening = host.listen((event) => {
    if (event.type === 'frame') {
      underWay++;
      const frame = frameOf(event);
      receiver.next(frame);
      frame.settle();
    } else if (event.type === 'ended') {
      ended = true;
      finishIfDone();
    } else if (event.type === 'finished') receiver.complete(event.totals);
  }, receiver.error);
  host.send({
    type: 'start',
    options: { pool, slots, inputSize, stride, credits, ...(output === undefined ? {} : { output }) },
  });
  return () => {
    closed = true;
    stopListening();
  };
}
