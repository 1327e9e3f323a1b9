import { overlap } from '../track/association/overlap.ts';
import type { Box } from '../types.ts';
import { mean } from './cross-validate.ts';
import { type BoxAccuracy, type ImageScore, reportImages } from './image-report.ts';

/** How one picture of a folder came out. */
export interface FolderScore {
  /** Class index; absent for a picture of none of the classes. */
  readonly truth?: number;
  /** The same of what it was taken for. */
  readonly answer?: number;
  /** Overlaps of its boxes, for pictures that have true ones. */
  readonly boxes?: ImageScore;
  /** At each threshold the boxes of its class, the surest first, with their scores. */
  readonly found?: readonly (readonly Detection[])[];
  readonly trueBoxes?: readonly Box[];
}

export interface Detection {
  readonly box: Box;
  readonly score: number;
}

/** Percentages. */
export interface FolderRow {
  readonly name: string;
  readonly pictures: number;
  readonly recall: number;
  /** 0 if no picture was taken for the class. */
  readonly precision: number;
  readonly boxes?: BoxAccuracy;
  /** Average precision at IoU 0.5 over all objects, and the share of them that a box was found for. */
  readonly objects?: { readonly averagePrecision: number; readonly found: number; readonly threshold: number };
}

export interface FolderReport {
  readonly pictures: number;
  /** Mean recall of the classes, `none` counted as one. */
  readonly balancedAccuracy: number;
  readonly accuracy: number;
  readonly classes: readonly FolderRow[];
}

const LEVEL = 0.5;

/**
 * Measures how well the pictures of folders are told apart, and their boxes.
 *
 * @param names Of the classes, by index.
 * @param thresholds What the positions in boxes stand for.
 */
export function reportFolders(
  scores: readonly FolderScore[],
  names: readonly string[],
  thresholds: readonly number[],
): FolderReport {
  const kinds = [...new Set(scores.map(({ truth }) => truth))].sort(
    (a, b) => (a ?? names.length) - (b ?? names.length),
  );
  const classes = kinds.map((kind): FolderRow => {
    const own = scores.filter(({ truth }) => truth === kind);
    const taken = scores.filter(({ answer }) => answer === kind);
    const right = own.filter(({ answer }) => answer === kind).length;
    const boxed = own.flatMap(({ boxes }) => boxes ?? []);
    return {
      name: kind === undefined ? 'none' : names[kind]!,
      pictures: own.length,
      recall: (100 * right) / own.length,
      precision: taken.length === 0 ? 0 : (100 * right) / taken.length,
      ...(boxed.length > 0 && { boxes: reportImages(boxed, thresholds).cam, objects: objectsOf(own, thresholds) }),
    };
  });
  const right = scores.filter(({ truth, answer }) => truth === answer).length;
  return {
    pictures: scores.length,
    balancedAccuracy: mean(classes.map(({ recall }) => recall)),
    accuracy: (100 * right) / Math.max(scores.length, 1),
    classes,
  };
}

/** At the threshold that gives the best average precision. */
function objectsOf(scores: readonly FolderScore[], thresholds: readonly number[]): NonNullable<FolderRow['objects']> {
  const all = thresholds.map((threshold, at) => ({ threshold, ...averagePrecision(scores, at) }));
  return all.reduce((best, one) => (one.averagePrecision > best.averagePrecision ? one : best));
}

/** The area under the precision over recall, each precision the best at that recall or more. */
function averagePrecision(scores: readonly FolderScore[], at: number): { averagePrecision: number; found: number } {
  const objects = scores.reduce((sum, { trueBoxes }) => sum + (trueBoxes?.length ?? 0), 0);
  const hits = scores
    .flatMap(({ found, trueBoxes = [] }) => matches(found?.[at] ?? [], trueBoxes))
    .sort((a, b) => b.score - a.score);
  let right = 0;
  const precisions = hits.map(({ hit }, position) => {
    if (hit) right++;
    return right / (position + 1);
  });
  let best = 0;
  let area = 0;
  for (let position = hits.length - 1; position >= 0; position--) {
    best = Math.max(best, precisions[position]!);
    if (hits[position]!.hit) area += best;
  }
  return { averagePrecision: (100 * area) / Math.max(objects, 1), found: (100 * right) / Math.max(objects, 1) };
}

/** Each true box is found once. */
function matches(found: readonly Detection[], trueBoxes: readonly Box[]): { score: number; hit: boolean }[] {
  const left = new Set(trueBoxes);
  return found.map(({ box, score }) => {
    const nearest = [...left].reduce<Box | undefined>(
      (best, one) => (best === undefined || overlap(box, one) > overlap(box, best) ? one : best),
      undefined,
    );
    const hit = nearest !== undefined && overlap(box, nearest) >= LEVEL;
    if (hit) left.delete(nearest);
    return { score, hit };
  });
}
