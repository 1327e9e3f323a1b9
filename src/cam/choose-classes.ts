import type { ClassScore } from '../types.ts';
import { bestClasses } from './best-classes.ts';
import { softmax } from './softmax.ts';

/** Which classes of a frame are localised. */
export interface ClassChoice {
  /** Indices of the classes that may be named; all where absent. */
  readonly classes?: readonly number[];
  /** How many classes or groups of a frame are localised at most. */
  readonly topK: number;
  /** Least softmax probability of a class, summed over a group's, 0 to 1. */
  readonly minScore: number;
}

/**
 * The classes of a frame that are localised where no groups are.
 *
 * @param logits `[classCount]`
 * @returns Best first.
 * @throws HeatboxError `BAD_OPTION` where `classes` names an index the network does not have.
 */
export function chooseClasses(logits: Float32Array, { classes, topK, minScore }: ClassChoice): ClassScore[] {
  return bestClasses(softmax(logits), topK, classes).filter(({ score }) => score >= minScore);
}
