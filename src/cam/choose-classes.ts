import type { ClassScore } from '../types.ts';
import { bestClasses } from './best-classes.ts';
import { softmax } from './softmax.ts';

/** Which classes of a frame are localised. */
export interface ClassChoice {
  /** Indices of the classes that may be named; all where absent. */
  readonly classes?: readonly number[];
  /** How many classes of a frame are localised at most. */
  readonly topK: number;
  /** Least softmax probability of a class, 0 to 1. */
  readonly minScore: number;
}

/** How many classes a localisation lists as evidence. */
const EVIDENCE_CLASSES = 10;

/**
 * The classes of a frame that are localised, and the next probable ones, which are evidence only. Made where the maps are
 * refined and again where they become boxes, of the same logits.
 *
 * @param logits `[classCount]`
 * @returns Both best first.
 * @throws HeatboxError `BAD_OPTION` where `classes` names an index the network does not have.
 */
export function chooseClasses(
  logits: Float32Array,
  { classes, topK, minScore }: ClassChoice,
): { chosen: ClassScore[]; unplaced: ClassScore[] } {
  const probable = bestClasses(softmax(logits), Math.max(topK, EVIDENCE_CLASSES), classes);
  const chosen = probable.slice(0, topK).filter(({ score }) => score >= minScore);
  return { chosen, unplaced: probable.slice(chosen.length) };
}
