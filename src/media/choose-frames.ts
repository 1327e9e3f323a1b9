import { AV_FRAME_FLAG_INTERLACED, AV_PICTURE_TYPE_B } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import type { MotionField } from '../types.ts';
import type { DisplayTransform } from './display-transform.ts';
import { motionVectors } from './motion-vectors.ts';
import { AUTO, type Stride } from './stride.ts';

/** What is known of a frame before anything is scaled. */
export interface Choice {
  /** Whether the network is to see it. */
  readonly seen: boolean;
  /** How the picture moved up to it, where the decoder tells. */
  readonly motion?: MotionField;
}

/** Chooses the frames that the network sees. Tells the same of the same video, whenever it is asked. */
export interface FrameChooser {
  /**
   * @param frame As decoded; all frames, in order.
   * @param pts Seconds.
   */
  look(frame: Frame, pts: number, transform: DisplayTransform): Choice;
}

/** Seconds after which `auto` looks at new content. */
const LEAST = 0.1;

/** The share of a picture that the earlier ones do not tell of, from which on it has new content. */
const NEW_CONTENT = 0.5;

/** How many times its seconds `auto` waits for a frame that others refer to: by those motion is told. */
const PATIENCE = 1.5;

/**
 * With a number, every Nth frame. With `auto`, a frame whose content is new, as after a cut, and else one as soon as
 * enough time has passed.
 */
export function chooseFrames(stride: Stride): FrameChooser {
  let index = -1;
  let seenIndex = 0;
  let seenPts = Number.NaN;
  /** The last frame that others refer to. */
  let anchor: number | undefined;

  function isChosen(pts: number, isAnchor: boolean, known: number | undefined): boolean {
    if (stride !== 'auto') return index % stride === 0;
    const elapsed = pts - seenPts;
    if (!(elapsed >= 0) || index - seenIndex >= AUTO.frames) return true;
    if (elapsed >= AUTO.seconds) return isAnchor || elapsed >= PATIENCE * AUTO.seconds;
    return isAnchor && known !== undefined && 1 - known >= NEW_CONTENT && elapsed >= LEAST;
  }

  return {
    look(frame, pts, transform) {
      index++;
      if (stride === 1) return { seen: true };
      const isAnchor = frame.pictType !== AV_PICTURE_TYPE_B;
      // Of a field, vectors are in rows of the field.
      const isWhole = (frame.flags & AV_FRAME_FLAG_INTERLACED) === 0;
      const vectors = isAnchor && isWhole ? motionVectors(frame, transform) : undefined;
      const since = anchor;
      if (isAnchor) anchor = pts;
      const seen = isChosen(pts, isAnchor, vectors?.known);
      if (seen) {
        seenIndex = index;
        seenPts = pts;
      }
      if (vectors === undefined || since === undefined || !(since < pts)) return { seen };
      const { rows, cols, data } = vectors;
      return { seen, motion: { since, rows, cols, data } };
    },
  };
}
