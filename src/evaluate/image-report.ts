import { crossValidate, mean, reaches, type Scores } from './cross-validate.ts';
import { CENTRED_SIDES } from './settings.ts';

/** How one image came out. */
export interface ImageScore {
  readonly file: string;
  readonly classIndex: number;
  /** How many classes were more probable than the true one. */
  readonly rank: number;
  /** Overlap (IoU) with the nearest true box, at each threshold: of the largest region's box. */
  readonly largest: readonly number[];
  /** The same of the best of all regions. */
  readonly any: readonly number[];
  /** The same of the centred box, at each of its sides. */
  readonly centred: readonly number[];
}

/** Percentages; thresholds and sides are those each half of the images was scored with. */
export interface BoxAccuracy {
  /** Percentage of images with an IoU of at least 0.5, at the best threshold. */
  readonly maxBoxAcc: number;
  /** Mean of the percentages at an IoU of 0.3, 0.5 and 0.7, each at its best threshold. */
  readonly maxBoxAccV2: number;
  /** At IoU 0.3, 0.5 and 0.7; V2 is their mean. */
  readonly v2: readonly [number, number, number];
  /** The threshold, or the side of the centred box, that each half was scored with. */
  readonly chosen: readonly [number, number];
}

/** What {@link evaluateImages} measures. */
export interface ImageReport {
  /** How many images. */
  readonly images: number;
  /** Percentage of images whose most probable class is the true one. */
  readonly top1: number;
  /** Percentage of images whose true class is among the five most probable. */
  readonly top5: number;
  /** Named right, and the box of the largest region has IoU 0.5. */
  readonly top1Localisation: number;
  /** Boxes from class activation maps. */
  readonly cam: BoxAccuracy;
  /** A centred box in every image, for comparison. */
  readonly centred: BoxAccuracy;
  /** One row per class. */
  readonly classes: readonly ClassRow[];
  /** Every image at the threshold it was scored with, worst first. */
  readonly overlaps: readonly { readonly file: string; readonly overlap: number; readonly threshold: number }[];
}

/** One class's images: percentages, and the mean overlap from 0 to 1. */
export interface ClassRow {
  /** Position in the network's output. */
  readonly classIndex: number;
  /** How many images of it. */
  readonly images: number;
  /** Percentage of them whose most probable class it is. */
  readonly top1: number;
  /** Percentage of them with an IoU of at least 0.5. */
  readonly boxAcc: number;
  /** Mean IoU, 0 to 1. */
  readonly meanOverlap: number;
}

const LEVELS = [0.3, 0.5, 0.7] as const;

/**
 * The measures of weakly supervised localisation (Choe et al., CVPR 2020): MaxBoxAcc, the share of images whose largest
 * region's box has IoU 0.5; MaxBoxAccV2, the mean over IoU 0.3, 0.5 and 0.7 of the share for which any region's box
 * has it. The threshold is theirs to be the best one: here it is the best of the half that is not scored.
 *
 * @param thresholds What the positions in `largest` and `any` stand for.
 */
export function reportImages(scores: readonly ImageScore[], thresholds: readonly number[]): ImageReport {
  const largest = scores.map((score) => score.largest);
  const { values, chosen } = crossValidate(largest, reaches(0.5));
  const percent = (hits: readonly number[]) => 100 * mean(hits);
  const right = scores.map(({ rank }) => (rank === 0 ? 1 : 0));
  const hits = values.map(reaches(0.5));
  return {
    images: scores.length,
    top1: percent(right),
    top5: percent(scores.map(({ rank }) => (rank < 5 ? 1 : 0))),
    top1Localisation: percent(hits.map((hit, image) => hit * right[image]!)),
    cam: accuracy(
      largest,
      scores.map(({ any }) => any),
      thresholds,
    ),
    centred: accuracy(
      scores.map(({ centred }) => centred),
      scores.map(({ centred }) => centred),
      CENTRED_SIDES,
    ),
    classes: classRows(scores, values),
    overlaps: scores
      .map(({ file }, image) => ({ file, overlap: values[image]!, threshold: thresholds[chosen[image % 2]!]! }))
      .sort((a, b) => a.overlap - b.overlap),
  };
}

function accuracy(largest: Scores, any: Scores, settings: readonly number[]): BoxAccuracy {
  const at = (scores: Scores, level: number) => {
    const { values, chosen } = crossValidate(scores, reaches(level));
    return { score: 100 * mean(values.map(reaches(level))), chosen };
  };
  const first = at(largest, 0.5);
  const v2 = LEVELS.map((level) => at(any, level).score);
  return {
    maxBoxAcc: first.score,
    maxBoxAccV2: mean(v2),
    v2: [v2[0]!, v2[1]!, v2[2]!],
    chosen: [settings[first.chosen[0]]!, settings[first.chosen[1]]!],
  };
}

function classRows(scores: readonly ImageScore[], overlaps: readonly number[]): ClassRow[] {
  const members = new Map<number, number[]>();
  scores.forEach(({ classIndex }, image) => {
    members.set(classIndex, [...(members.get(classIndex) ?? []), image]);
  });
  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([classIndex, images]) => ({
      classIndex,
      images: images.length,
      top1: 100 * mean(images.map((image) => (scores[image]!.rank === 0 ? 1 : 0))),
      boxAcc: 100 * mean(images.map((image) => reaches(0.5)(overlaps[image]!))),
      meanOverlap: mean(images.map((image) => overlaps[image]!)),
    }));
}
