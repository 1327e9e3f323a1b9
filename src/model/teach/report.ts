import { HeatboxError } from '../../error.ts';
import type { Example, TrainedHead } from './train-head.ts';

/** How a class came out on pictures that were left out of training. Shares, 0 to 1. */
export interface ClassReport {
  readonly pictures: number;
  /** Of the pictures that were taken for the class, how many are of it. */
  readonly precision: number;
  /** Of the pictures of the class, how many were taken for it. */
  readonly recall: number;
  /** Whether more pictures are likely to help. */
  readonly wantsMore: boolean;
}

/** A picture that heads which have not seen it take for something else. */
export interface Doubtful {
  /** Its place among the examples. */
  readonly position: number;
  /** What it is taken for; absent for none of the classes. */
  readonly takenFor?: number;
  /** Probability of its own class, 0 to 1. */
  readonly score: number;
}

export interface Report {
  readonly classes: readonly ClassReport[];
  /** The most doubtful first. */
  readonly doubtful: readonly Doubtful[];
}

/** Fewer pictures than this and one more changes much. */
const FEW = 5;
const GOOD = 0.9;

/** Says how well the classes are told apart, by heads that have not seen the picture they judge. */
export function reportTraining(
  examples: readonly Example[],
  classCount: number,
  unseen: TrainedHead['unseen'],
): Report {
  const answers = unseen.map((logits) => {
    const best = logits.reduce((most, logit, index) => (logit > logits[most]! ? index : most), 0);
    return logits[best]! > 0 ? best : undefined;
  });
  const classes = Array.from({ length: classCount }, (_, index): ClassReport => {
    const own = examples.flatMap(({ classIndex }, at) => (classIndex === index ? [answers[at]] : []));
    const right = own.filter((answer) => answer === index).length;
    const taken = answers.filter((answer) => answer === index).length;
    const recall = own.length === 0 ? 0 : right / own.length;
    const precision = taken === 0 ? 0 : right / taken;
    const wantsMore = own.length < FEW || recall < GOOD || precision < GOOD;
    return { pictures: own.length, precision, recall, wantsMore };
  });
  const doubtful = examples.flatMap(({ classIndex }, position): Doubtful[] => {
    const takenFor = answers[position];
    if (takenFor === classIndex) return [];
    const score = probabilityOf(unseen[position]!, classIndex);
    return [{ position, ...(takenFor !== undefined && { takenFor }), score }];
  });
  return { classes, doubtful: doubtful.sort((a, b) => a.score - b.score || a.position - b.position) };
}

/** Softmax against a background whose logit is 0. */
function probabilityOf(logits: Float64Array, classIndex: number | undefined): number {
  let sum = 1;
  for (const logit of logits) sum += Math.exp(logit);
  return (classIndex === undefined ? 1 : Math.exp(logits[classIndex]!)) / sum;
}

/** Pictures that one model is taught with at most: training takes time and memory that grow with their square. */
export const MOST_PICTURES = 1000;

/**
 * Checks what a model is to be taught with.
 *
 * @param counts Pictures by class name.
 * @param hasRest Whether there is anything that the classes are not.
 * @throws HeatboxError `TEACH_TOO_FEW`, `TEACH_TOO_MANY`, `TEACH_ONE_CLASS`
 */
export function checkCounts(counts: ReadonlyMap<string, number>, hasRest: boolean): void {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (all > MOST_PICTURES) {
    throw new HeatboxError('TEACH_TOO_MANY', `${all} pictures are more than the ${MOST_PICTURES} that can be taught`, {
      value: all,
      kind: 'usage',
      hint: 'Leave some out: pictures that differ teach more than many that are alike.',
    });
  }
  for (const [name, count] of counts) {
    if (count >= 2) continue;
    throw new HeatboxError('TEACH_TOO_FEW', `the class '${name}' has ${count === 0 ? 'no pictures' : 'one picture'}`, {
      value: count,
      kind: 'usage',
      hint: 'Give at least two, better five, that show it differently.',
    });
  }
  if (counts.size === 1 && !hasRest) {
    throw new HeatboxError(
      'TEACH_ONE_CLASS',
      `'${[...counts.keys()][0]}' is the only class, and nothing says what it is not`,
      {
        kind: 'usage',
        hint: 'Give pictures of other things with --negatives, or in a folder none/.',
      },
    );
  }
}
