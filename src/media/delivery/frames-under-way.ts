import { clock } from '../../threads/notes.ts';
import type { Box, Size } from '../../types.ts';
import { microseconds, type Ratio, seconds } from '../frames/av.ts';
import { jpegCrop } from '../frames/jpeg-crop.ts';
import type { NoteTicks } from '../host-notes.ts';
import type { TimedFrame } from '../input/video-reader.ts';
import type { HostCommand, HostEvent, StartOptions } from '../protocol.ts';
import type { ChosenFrame } from '../sampling/choose-frames.ts';
import { recentFrames } from '../sampling/recent-frames.ts';
import { modelInputs } from './model-inputs.ts';

/** The frames that main has been told of and has not given back, in native memory where they are kept. */
interface FramesUnderWay {
  /** Frames announced so far. */
  readonly announced: number;
  /** Whether as many are under way as there are credits. */
  readonly isFull: boolean;
  /**
   * Tells main of a frame and takes it over; frees it at once where frames are not kept.
   *
   * @param shown - How it is displayed, and for live sources when its packet arrived, milliseconds since the epoch.
   */
  announce(timed: ChosenFrame, shown: { readonly display: Size; readonly receivedAt?: number }): void;
  /** @returns the frame, now the caller's to free, where it was kept. */
  giveBack(index: number): TimedFrame | undefined;
  /** Sends main a part of a frame. An extra: where it fails the frame goes on without. */
  crop(command: Extract<HostCommand, { type: 'crop' }>): void;
  close(): void;
}

interface UnderWayOptions extends StartOptions {
  readonly timeBase: Ratio;
  readonly send: (event: HostEvent) => void;
  readonly note?: NoteTicks;
  /** Called with each frame that was announced; it stays this module's. */
  readonly onAnnounced?: (frame: TimedFrame['frame'], ptsUs: number, display: Size) => void;
}

interface UnderWay {
  readonly timed: TimedFrame | undefined;
  /** Of the shared pool, where its input is there. */
  readonly slot: number | undefined;
  readonly display: Size;
}

/** Frames are kept where an output is made of them, or where the options ask for it. */
export function framesUnderWay(options: UnderWayOptions): FramesUnderWay {
  const { stride, credits, output, keepFrames = false, timeBase, send, note, onAnnounced } = options;
  const keeps = output !== undefined || keepFrames;
  const inputs = modelInputs(options);
  const recent = stride === 1 ? undefined : recentFrames();
  const underWay = new Map<number, UnderWay>();
  let announced = 0;

  /** Fills in what the network is to see, and says where that is. */
  function inputOf({ frame, ticks, seen }: ChosenFrame, pts: number) {
    if (!seen) return {};
    const before = recent?.before(pts);
    const began = clock();
    const place = inputs.write(frame, before?.frame);
    if (place !== undefined) note?.('scale', began, ticks);
    return { place, glimpsePts: place && before?.pts };
  }

  function jpegOf(index: number, box: Box): Uint8Array | undefined {
    const { timed, display } = underWay.get(index) ?? {};
    try {
      return timed && display && jpegCrop(timed.frame, box, display);
    } catch {
      return undefined;
    }
  }

  return {
    get announced() {
      return announced;
    },
    get isFull() {
      return underWay.size >= credits;
    },
    announce(timed, { display, receivedAt }) {
      const { frame, ticks, motion } = timed;
      const index = announced++;
      const pts = seconds(ticks, timeBase);
      const ptsUs = microseconds(ticks, timeBase);
      const { place, glimpsePts } = inputOf(timed, pts);
      send({ type: 'frame', index, pts, ptsUs, display, receivedAt, ...place, glimpsePts, motion });
      recent?.add(frame, pts);
      onAnnounced?.(frame, ptsUs, display);
      if (!keeps) frame.free();
      underWay.set(index, { timed: keeps ? timed : undefined, slot: place?.slot, display });
    },
    giveBack(index) {
      const { timed, slot } = underWay.get(index) ?? {};
      underWay.delete(index);
      if (slot !== undefined) inputs.free(slot);
      return timed;
    },
    crop: ({ id, index, box }) => send({ type: 'crop', id, jpeg: jpegOf(index, box) }),
    close() {
      for (const { timed } of underWay.values()) timed?.frame.free();
      underWay.clear();
      recent?.close();
      inputs.close();
    },
  };
}
