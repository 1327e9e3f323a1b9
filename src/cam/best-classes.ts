import { HeatboxError } from '../error.ts';
import type { ClassScore } from '../types.ts';

/**
 * The most probable classes, best first; of equals the lower index first.
 *
 * @param probabilities `[classCount]`, softmax over all classes
 * @param count How many at most.
 * @param classes The classes that may be named; all where absent. Probabilities are not renormalised over them.
 * @throws HeatboxError `BAD_OPTION` where `classes` names an index the network does not have.
 */
export function bestClasses(probabilities: Float32Array, count: number, classes?: readonly number[]): ClassScore[] {
  const best: ClassScore[] = [];
  const consider = (classIndex: number) => {
    const score = probabilities[classIndex]!;
    const full = best.length >= count;
    if (full && score < best[best.length - 1]!.score) return;
    let place = best.length;
    while (place > 0 && precedes(score, classIndex, best[place - 1]!)) place--;
    if (full) {
      if (place === best.length) return;
      best.pop();
    }
    best.splice(place, 0, { classIndex, score });
  };
  if (classes === undefined) {
    for (let classIndex = 0; classIndex < probabilities.length; classIndex++) consider(classIndex);
  } else {
    for (const classIndex of new Set(classes)) {
      if (!Number.isInteger(classIndex) || classIndex < 0 || classIndex >= probabilities.length) {
        throw new HeatboxError(
          'BAD_OPTION',
          `class ${classIndex} is not one of the network's ${probabilities.length}`,
          {
            value: classIndex,
            hint: `Use class indices from 0 to ${probabilities.length - 1}.`,
            kind: 'usage',
          },
        );
      }
      consider(classIndex);
    }
  }
  return best;
}

function precedes(score: number, classIndex: number, other: ClassScore): boolean {
  return score > other.score || (score === other.score && classIndex < other.classIndex);
}
