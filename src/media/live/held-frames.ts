import type { Box, Size } from '../../types.ts';
import { jpegCrop } from '../frames/jpeg-crop.ts';
import type { TimedFrame } from '../input/video-reader.ts';

/** The frames that main has been told of and has not given back, in native memory where they are kept. */
export interface HeldFrames {
  readonly size: number;
  /** @param timed - Freed at once where frames are not kept. */
  hold(index: number, timed: TimedFrame, display: Size): void;
  /** @returns the frame, now the caller's to free, where it was kept. */
  giveBack(index: number): TimedFrame | undefined;
  /** A part of a frame as JPEG. An extra: where it fails the frame goes on without. */
  crop(index: number, box: Box): Uint8Array | undefined;
  close(): void;
}

export function heldFrames(keeps: boolean): HeldFrames {
  const held = new Map<number, { timed: TimedFrame | undefined; display: Size }>();
  return {
    get size() {
      return held.size;
    },
    hold(index, timed, display) {
      if (!keeps) timed.frame.free();
      held.set(index, { timed: keeps ? timed : undefined, display });
    },
    giveBack(index) {
      const { timed } = held.get(index) ?? {};
      held.delete(index);
      return timed;
    },
    crop(index, box) {
      const { timed, display } = held.get(index) ?? {};
      try {
        return timed && display && jpegCrop(timed.frame, box, display);
      } catch {
        return undefined;
      }
    },
    close() {
      for (const { timed } of held.values()) timed?.frame.free();
      held.clear();
    },
  };
}
