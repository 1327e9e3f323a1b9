import { overlap } from '../track/association/overlap.ts';
import type { Box } from '../types.ts';
import { crossValidate, mean, reaches } from './cross-validate.ts';

/** What was said of one frame: the box shown, and for tracks whose it is. */
export interface FrameAnswer {
  readonly box?: Box;
  readonly id?: number;
}

/** How a clip came out. Percentages, but for counts. */
export interface ClipScore {
  /** Frames whose box has IoU 0.5 with the true one. */
  readonly corLoc: number;
  /** Mean of the boxes' IoU with the truth, percent. */
  readonly meanIou: number;
  /** How often the box's track is another than at the last frame that had one. */
  readonly idSwitches: number;
  /** Mean step of the box's centre against the true one from a frame to the next, of the true box's diagonal. */
  readonly jitter: number;
}

/** How well a clip's tracks are named. */
export interface LabelScore {
  /** Frames that name one of the right classes, or a group with one in it. */
  readonly right: number;
  /** How often the name is another than at the last frame that had one. */
  readonly changes: number;
}

export interface ClipResult {
  readonly clip: string;
  readonly frames: number;
  /** At each threshold. */
  readonly frameBoxes: readonly ClipScore[];
  readonly trackBoxes: readonly ClipScore[];
  readonly labels: LabelScore;
  /** The centred box, at each of its sides. */
  readonly centred: readonly ClipScore[];
}

/** The figures of one clip. */
export interface ClipRow {
  /** Its name. */
  readonly clip: string;
  /** How many frames it has. */
  readonly frames: number;
  /** Where boxes end in it, chosen on the other clips. */
  readonly threshold: number;
  /** Boxes of each frame on its own. */
  readonly frameBoxes: ClipScore;
  /** Boxes of the tracks. */
  readonly trackBoxes: ClipScore;
  /** Names of the tracks. */
  readonly labels: LabelScore;
  /** A centred box in every frame, for comparison. */
  readonly centred: ClipScore;
}

/** What {@link evaluateVideo} measures. */
export interface VideoReport {
  /** One row per clip. */
  readonly clips: readonly ClipRow[];
  /** Means over the clips. */
  readonly mean: Omit<ClipRow, 'clip' | 'frames' | 'threshold'>;
}

/**
 * Measures the boxes of a clip's frames against the true ones.
 *
 * @param answers By frame number, from 0; a frame without a box has IoU 0. Frames without a true box do not count.
 */
export function scoreClip(answers: readonly FrameAnswer[], truth: ReadonlyMap<number, Box>): ClipScore {
  const ious: number[] = [];
  const steps: number[] = [];
  let idSwitches = 0;
  let lastId: number | undefined;
  let lastOffset: readonly [number, number] | undefined;
  for (const [frame, box] of [...truth].sort(([a], [b]) => a - b)) {
    const { box: found, id } = answers[frame] ?? {};
    ious.push(found === undefined ? 0 : overlap(found, box));
    const offset = found && offsetOf(found, box);
    if (offset && lastOffset) {
      const diagonal = Math.hypot(box[2] - box[0], box[3] - box[1]);
      steps.push(Math.hypot(offset[0] - lastOffset[0], offset[1] - lastOffset[1]) / diagonal);
    }
    lastOffset = offset;
    if (id !== undefined && lastId !== undefined && id !== lastId) idSwitches++;
    lastId = id ?? lastId;
  }
  return {
    corLoc: 100 * mean(ious.map(reaches(0.5))),
    meanIou: 100 * mean(ious),
    idSwitches,
    jitter: 100 * mean(steps),
  };
}

/**
 * Measures how steadily and how rightly the frames of a clip are named.
 *
 * @param names By frame; absent where nothing was named.
 * @param isRight Whether a name is one of the right ones.
 */
export function scoreLabels<Name>(names: readonly (Name | undefined)[], isRight: (name: Name) => boolean): LabelScore {
  let changes = 0;
  let last: Name | undefined;
  for (const name of names) {
    if (name === undefined) continue;
    if (last !== undefined && name !== last) changes++;
    last = name;
  }
  return { right: 100 * mean(names.map((name) => (name !== undefined && isRight(name) ? 1 : 0))), changes };
}

/**
 * Each clip at the threshold that gives the best mean IoU on the half of the clips it is not in.
 *
 * @param thresholds What the positions in the results stand for.
 */
export function reportClips(results: readonly ClipResult[], thresholds: readonly number[]): VideoReport {
  const chooser = (pick: (result: ClipResult) => readonly ClipScore[]) => {
    const { chosen } = crossValidate(results.map((result) => pick(result).map(({ meanIou }) => meanIou)));
    return (clip: number) => chosen[clip % 2]!;
  };
  const threshold = chooser(({ trackBoxes }) => trackBoxes);
  const side = chooser(({ centred }) => centred);
  const clips = results.map(({ clip, frames, frameBoxes, trackBoxes, labels, centred }, position) => ({
    clip,
    frames,
    threshold: thresholds[threshold(position)]!,
    frameBoxes: frameBoxes[threshold(position)]!,
    trackBoxes: trackBoxes[threshold(position)]!,
    labels,
    centred: centred[side(position)]!,
  }));
  return {
    clips,
    mean: {
      frameBoxes: meanOf(clips.map(({ frameBoxes }) => frameBoxes)),
      trackBoxes: meanOf(clips.map(({ trackBoxes }) => trackBoxes)),
      labels: meanOf(clips.map(({ labels }) => labels)),
      centred: meanOf(clips.map(({ centred }) => centred)),
    },
  };
}

function offsetOf(found: Box, box: Box): [number, number] {
  return [(found[0] + found[2] - box[0] - box[2]) / 2, (found[1] + found[3] - box[1] - box[3]) / 2];
}

/** Field by field. */
function meanOf<Score extends object>(scores: readonly Score[]): Score {
  const keys = Object.keys(scores[0] ?? {}) as (keyof Score)[];
  return Object.fromEntries(keys.map((key) => [key, mean(scores.map((score) => score[key] as number))])) as Score;
}
