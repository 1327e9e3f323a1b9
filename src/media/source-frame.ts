import { HeatboxError } from '../error.ts';
import type { Overlay } from '../overlay/index.ts';
import type { Box, ModelInput, MotionField, Size } from '../types.ts';
import type { Cropper } from './cropper.ts';

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
  /** Pixels as displayed: the space of boxes. */
  readonly display: Size;
  /** What the network sees, valid until the frame is given back; absent on frames it does not see. */
  readonly input?: ModelInput;
  /** The same of a moment before, of frames the network sees after some it did not: what moves is told by the two. */
  readonly glimpse?: Glimpse;
  /** How the picture moved up to this frame, where the network does not see every frame and it is known. */
  readonly motion?: MotionField;
  /** Frames of the source that may be under way at once: who holds as many waits for ever. */
  readonly credits?: number;
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

/** What a frame is of its own, without what can be done with it. */
type FrameFacts = Omit<SourceFrame, 'hold' | 'annotate' | 'crop'>;

/** What is done with a frame beyond this thread. */
interface FrameLine {
  readonly crop: Cropper;
  /** Called once, when the last hold is lifted, with what is to be drawn on the frame. */
  readonly giveBack: (index: number, overlay: Overlay | undefined) => void;
}

/**
 * A frame that goes back when nobody holds it any more.
 *
 * @returns the frame, and what lifts the first hold, the deliverer's own.
 */
export function sourceFrame(facts: FrameFacts, { crop, giveBack }: FrameLine): [SourceFrame, settle: () => void] {
  const { index } = facts;
  let holds = 1;
  let overlay: Overlay | undefined;

  function lift(): void {
    if (--holds === 0) giveBack(index, overlay);
  }

  function checkHere(): void {
    if (holds > 0) return;
    throw new HeatboxError('FRAME_GONE', `frame ${index} was given back before it was used`, {
      value: index,
      hint: 'Hold a frame (frame.hold()) before handing it on later, as consume() does.',
    });
  }

  const frame: SourceFrame = {
    ...facts,
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
  };
  return [frame, lift];
}
