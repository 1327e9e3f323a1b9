import { AV_FRAME_DATA_MOTION_VECTORS, AV_PICTURE_TYPE_B } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import type { MotionCells } from '../../motion/cells.ts';
import { type Luma, lumaOf } from '../../motion/luma.ts';
import { matchBlocks } from '../../motion/match-blocks.ts';
import type { MotionField, Size } from '../../types.ts';
import type { DisplayTransform } from '../frames/display-transform.ts';
import { isInterlaced } from '../frames/frame-format.ts';
import type { TimedFrame } from '../input/video-reader.ts';
import type { StartOptions } from '../protocol.ts';
import { AUTO } from '../stride.ts';
import { modelInputScaler } from './model-input.ts';
import { motionVectors } from './motion-vectors.ts';

/** What is known of a frame before anything of it goes to the network. */
interface Choice {
  /** Whether the network is to see it. */
  readonly seen: boolean;
  /** How the picture moved up to it, where that is known. */
  readonly motion?: MotionField;
}

/** A frame, upright, and whether the network is to see it. */
export interface ChosenFrame extends TimedFrame, Choice {}

type ChooseOptions = Pick<StartOptions, 'stride' | 'interval' | 'inputSize'>;

/** Chooses the frames that the network sees, by what is in them alone: the same for the same video, whenever it runs. */
interface FrameChooser {
  /**
   * Of all frames, in order.
   *
   * @param frame Upright.
   * @param decoded What was read of it before it was made so.
   * @param pts Seconds.
   */
  look(frame: Frame, decoded: DecodedMotion, pts: number, display: Size): Choice;
  close(): void;
}

/** How the decoder says that the picture moved up to a frame. */
interface DecodedMotion {
  /** Whether later frames refer to it. */
  readonly isAnchor: boolean;
  readonly vectors?: MotionCells;
}

/** @param frame As decoded. */
export function decodedMotion(frame: Frame, transform: DisplayTransform): DecodedMotion {
  const isAnchor = frame.pictType !== AV_PICTURE_TYPE_B;
  // Those of a field are in rows of the field.
  const vectors = isAnchor && !isInterlaced(frame) ? motionVectors(frame, transform) : undefined;
  // A frame that waits for its boxes does not keep them.
  frame.removeSideData(AV_FRAME_DATA_MOTION_VECTORS);
  return { isAnchor, vectors };
}

/** Seconds after which `auto` looks at new content. */
const LEAST = 0.1;

/** The share of a picture that the earlier ones do not tell of, from which on it has new content. */
const NEW_CONTENT = 0.5;
const NEW_CONTENT_MATCHED = 0.8;

/** How many times its seconds `auto` waits for a frame that others refer to: by those motion is told. */
const PATIENCE = 1.5;

/** Anchors without vectors, one after another, after which motion is told by blocks of small pictures. */
const BLIND = 2;

/** Seconds between two small pictures that are matched, at least and at most. */
const MATCHED = { least: 0.075, most: 0.25 };

/**
 * With a number, every Nth frame. With `auto`, a frame whose content is new, as after a cut, and else one as soon as
 * the interval has passed.
 */
export function chooseFrames({ stride, interval, inputSize }: ChooseOptions): FrameChooser {
  const small = smallPictures(inputSize);
  let index = -1;
  let seenIndex = 0;
  let seenPts = Number.NaN;
  let blind = 0;
  /** The last frame that motion was told up to, and where that is done by blocks, how it looked. */
  let anchor: { readonly pts: number; readonly luma?: Luma } | undefined;

  function isChosen(pts: number, isAnchor: boolean, isNew: boolean): boolean {
    if (stride !== 'auto') return index % stride === 0;
    const elapsed = pts - seenPts;
    if (!(elapsed >= 0) || index - seenIndex >= AUTO.frames) return true;
    if (elapsed >= interval) return isAnchor || elapsed >= PATIENCE * interval;
    return isNew && elapsed >= LEAST;
  }

  /** By the vectors of a frame that others refer to. */
  function told({ isAnchor, vectors }: DecodedMotion, pts: number): Step {
    const since = anchor?.pts;
    if (isAnchor) anchor = { pts };
    // Without any vectors it is coded for itself, as encoders do at cuts.
    const isNew = isAnchor && 1 - (vectors?.known ?? 0) >= NEW_CONTENT;
    return { isAnchor, isNew, ...fieldOf(vectors, since, pts) };
  }

  /** By a small picture, where enough time has passed since the last. */
  function matched(frame: Frame, pts: number, display: Size): Step {
    if (anchor !== undefined && pts >= anchor.pts && pts - anchor.pts < MATCHED.least) return { isAnchor: false };
    const before = anchor;
    const luma = small.of(frame);
    anchor = { pts, luma };
    if (before?.luma === undefined || !(pts - before.pts <= MATCHED.most)) return { isAnchor: true };
    const field = matchBlocks(luma, before.luma, display);
    const isNew = 1 - field.known >= NEW_CONTENT_MATCHED;
    return { isAnchor: true, isNew, ...fieldOf(isNew ? undefined : field, before.pts, pts) };
  }

  return {
    look(frame, decoded, pts, display) {
      index++;
      if (stride === 1) return { seen: true };
      if (decoded.vectors !== undefined) blind = 0;
      else if (decoded.isAnchor) blind++;
      const { isAnchor, isNew = false, motion } = blind < BLIND ? told(decoded, pts) : matched(frame, pts, display);
      const seen = isChosen(pts, isAnchor, isNew);
      if (seen) {
        seenIndex = index;
        seenPts = pts;
      }
      return { seen, motion };
    },
    close: () => small.close(),
  };
}

/** What a frame says of its motion, and whether that is counted from it on. */
interface Step {
  readonly isAnchor: boolean;
  readonly isNew?: boolean;
  readonly motion?: MotionField;
}

function fieldOf(cells: Omit<MotionField, 'since'> | undefined, since: number | undefined, pts: number) {
  if (cells === undefined || since === undefined || !(since < pts)) return {};
  const { rows, cols, data } = cells;
  return { motion: { since, rows, cols, data } };
}

/** Makes the small grey pictures by which motion is told, as the network would see the frame. */
function smallPictures(size: Size) {
  let scaler: ReturnType<typeof modelInputScaler> | undefined;
  const data = new Uint8Array(size.width * size.height * 3);
  return {
    of(frame: Frame): Luma {
      scaler ??= modelInputScaler(size);
      scaler.write(frame, data);
      return lumaOf({ ...size, data });
    },
    close: () => scaler?.close(),
  };
}
