import type { Subscriber } from 'rxjs';
import { checkOption } from '../error.ts';
import type { Overlay } from '../overlay/index.ts';
import type { ModelInput, Size } from '../types.ts';
import type { Cropper } from './cropper.ts';
import { framePool, picturesOf } from './delivery/frame-pool.ts';
import type { HostHandle } from './host/host-thread.ts';
import type { HostEvent, OutputOptions, StartOptions } from './protocol.ts';
import { type SourceFrame, sourceFrame } from './source-frame.ts';
import { AUTO, longestStride, type Stride } from './stride.ts';

/** How a source's frames are delivered. */
export interface FramesOptions {
  /** What the network sees, pixels. See `chooseInputSize`. */
  readonly inputSize: Size;
  /** The network sees every nth frame, or with `auto` those that are worth it. Defaults to 1. For others open the source with `vectors`. */
  readonly stride?: Stride;
  /** Seconds that a stride of `auto` lets pass between two frames that the network sees. Defaults to 0.33. */
  readonly interval?: number;
  /**
   * Frames that may be under way at once: decoded ahead and not yet given back. Must be more than the longest stride. Defaults
   * to 12 or two strides, and a second of frames more if full frames are not kept.
   */
  readonly credits?: number;
  /** Where annotated frames are encoded to. If omitted, nothing is encoded. */
  readonly output?: OutputOptions;
  /** Keeps full frames in the media host until they are given back, so that crops can be taken of them. Defaults to false. */
  readonly keepFrames?: boolean;
  /** Live sources only: what happens to frames that come while no credit is left. Defaults to `lossless`. */
  readonly policy?: 'latest' | 'lossless';
}

interface ReceiveOptions extends FramesOptions {
  /** How model inputs come: in shared memory, or with the messages of a host in another process. */
  readonly inputs: 'shared' | 'messages';
  /** Of the source, per second. */
  readonly frameRate: number;
}

type FrameEvent = Extract<HostEvent, { type: 'frame' }>;

const DEFAULT_CREDITS = 12;
/** Enough for a second of most videos, which is what following objects in hindsight looks ahead. */
const MOST_AHEAD = 60;

/**
 * Sets a host going and passes its frames on, each until it is given back.
 *
 * @returns a function that ends the delivery and, where frames were still to come, the host.
 * @throws HeatboxError `BAD_OPTION`
 */
export function receiveFrames(
  host: HostHandle,
  crop: Cropper,
  options: ReceiveOptions,
  subscriber: Subscriber<SourceFrame>,
): () => void {
  const start = startOptions(options);
  const inputsOf = inputReader(start);
  let underWay = 0;
  let ended = false;
  let closed = false;

  function giveBack(index: number, overlay: Overlay | undefined): void {
    underWay--;
    if (closed) return;
    host.send(overlay === undefined ? { type: 'release', index } : { type: 'annotate', index, overlay });
    if (ended && underWay === 0) host.send({ type: 'finish' });
  }

  const stopListening = host.listen(
    (event) => {
      if (event.type === 'frame') {
        underWay++;
        const { index, pts, ptsUs, display, motion, receivedAt } = event;
        const facts = { index, pts, ptsUs, display, ...inputsOf(event), motion, receivedAt, credits: start.credits };
        const [frame, settle] = sourceFrame(facts, { crop, giveBack });
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
  host.send({ type: 'start', options: start });
  return () => {
    stopListening();
    if (ended) return;
    closed = true;
    void host.close();
  };
}

function startOptions({ inputs, frameRate, ...options }: ReceiveOptions): StartOptions {
  const { stride = 1, interval = AUTO.seconds, inputSize, keepFrames = false, output, policy } = options;
  const longest = longestStride(stride);
  // Full frames are large; model inputs are not.
  const ahead = keepFrames || output ? 0 : Math.min(MOST_AHEAD, Math.ceil(frameRate > 0 ? frameRate : 30));
  const { credits = Math.max(DEFAULT_CREDITS, 2 * longest) + ahead } = options;
  const isStride = stride === 'auto' || (Number.isInteger(stride) && stride > 0);
  checkOption(isStride, 'stride', stride, 'a whole number above 0, or auto');
  checkOption(Number.isInteger(credits) && credits > longest, 'credits', credits, `more than the stride, ${longest}`);
  // With auto every frame may be seen; memory that is never touched is not taken.
  const slots = Math.ceil(credits / (stride === 'auto' ? 1 : stride)) + 1;
  const pool = inputs === 'shared' ? framePool({ slots, stride, inputSize }) : undefined;
  return { slots, inputSize, stride, interval, credits, keepFrames, pool, output, policy };
}

/** @returns finds the model input and the glimpse of a frame: in the pool, or in what came with it. */
function inputReader(start: StartOptions): (event: FrameEvent) => Pick<SourceFrame, 'input' | 'glimpse'> {
  const { pool, slots, inputSize } = start;
  const pooled = pool && picturesOf(pool, start).map((data): ModelInput => ({ data, ...inputSize }));
  const find = (sent: Uint8Array | undefined, place: number | undefined): ModelInput | undefined =>
    sent === undefined ? pooled?.[place ?? -1] : { data: sent, ...inputSize };
  return ({ slot, input, glimpse, glimpsePts }) => {
    const before = glimpsePts === undefined ? undefined : find(glimpse, slot === undefined ? undefined : slots + slot);
    return { input: find(input, slot), glimpse: before && { ...before, pts: glimpsePts! } };
  };
}
