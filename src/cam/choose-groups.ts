import type { ClassScore, LabelGroup, Namer } from '../types.ts';

/** A group to be localised in a frame. */
export interface GroupChoice {
  readonly group: LabelGroup;
  /** Its most probable class. */
  readonly classIndex: number;
  /** Summed probability of its classes. */
  readonly score: number;
  /** Its classes' shares of that, most probable first; they sum to 1. */
  readonly weights: readonly ClassScore[];
}

export interface GroupOptions {
  readonly namer: Namer;
  /** How many groups at most. */
  readonly topK: number;
  /** Indices of the classes that count; all where absent. */
  readonly classes?: readonly number[];
}

/**
 * The groups that a frame's probabilities speak for, one after another: the next is chosen from what the ones before leave.
 *
 * @param probabilities `[classCount]`
 * @returns Fewer than `topK` where nothing is left.
 */
export function chooseGroups(probabilities: Float32Array, { namer, topK, classes }: GroupOptions): GroupChoice[] {
  const left = classes ? new Float32Array(probabilities.length) : probabilities.slice();
  for (const classIndex of classes ?? []) left[classIndex] = probabilities[classIndex]!;
  const choices: GroupChoice[] = [];
  while (choices.length < topK) {
    const group = namer(left.entries(), 1);
    const members = group.classes
      .map((classIndex) => ({ classIndex, score: left[classIndex]! }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score);
    const sum = members.reduce((total, { score }) => total + score, 0);
    if (sum === 0) break;
    const weights = members.map(({ classIndex, score }) => ({ classIndex, score: score / sum }));
    // Sums of float32 probabilities can lie a hair above 1.
    choices.push({ group, classIndex: members[0]!.classIndex, score: Math.min(sum, 1), weights });
    for (const { classIndex } of members) left[classIndex] = 0;
  }
  return choices;
}
