import type { Background } from './background.ts';
import { calibrate, quantile } from './calibrate.ts';
import type { Head } from './head.ts';
import { fitLogistic, innerProducts } from './logistic.ts';
import { deviations, means, standardised } from './standardise.ts';

/** A picture to learn from. */
export interface Example {
  /** Absent for a picture of none of the classes. */
  readonly classIndex?: number;
  /** Pooled features of the whole picture first, then of its flipped and cropped views. */
  readonly views: readonly Float32Array[];
}

export interface TrainedHead {
  readonly head: Head;
  /**
   * For each example the logits of all classes by heads that have not seen its picture: a fifth of the pictures is left out at a
   * time.
   */
  readonly unseen: readonly Float64Array[];
}

/** The share of the background in which a class may be seen wrongly. */
const FALSE_ALARMS = 0.01;
const FOLDS = 5;

/**
 * Trains a head: for each class a logistic regression against the background and the other classes, on the square roots of the
 * pooled features over their deviation in the background. Square roots tame the few channels that a picture excites much.
 *
 * Many negatives pull a regression's boundary onto the few positives. So the class is fitted against one half of the
 * background, the boundary is laid by the other half, which that fit has not seen, and both ways are averaged. The scale of
 * the logits is fitted to examples that were left out. The same examples give the same head.
 *
 * @param background What the classes are not, beside the examples of none of them. May be empty if there are several classes.
 */
export function trainHead(examples: readonly Example[], classCount: number, background: Background): TrainedHead {
  /** Of each row its example; `undefined` in the background. */
  const owner = [
    ...examples.flatMap((example) => example.views.map(() => example)),
    ...background.map(() => undefined),
  ];
  const features = [...examples.flatMap(({ views }) => views), ...background];
  const rowsOf = new Map(examples.map((example) => [example, [] as number[]]));
  for (const [row, example] of owner.entries()) if (example) rowsOf.get(example)!.push(row);
  const taught = examples.filter(({ classIndex }) => classIndex !== undefined);
  const rest = [
    ...examples.filter(({ classIndex }) => classIndex === undefined).map((example) => rowsOf.get(example)!),
    ...background.map((_, at) => [features.length - background.length + at]),
  ];
  const halves = rest.length < 2 ? [rest.flat()] : [0, 1].map((half) => rest.filter((_, at) => at % 2 === half).flat());
  const space = standardised(features, rest.length < 2 ? features : rest.flat().map((row) => features[row]!));
  const products = innerProducts(space.rows);
  const count = features.length;

  /** One class against a half of the background, without the examples that are left out. */
  function fit(classIndex: number, half: number, isLeftOut: (example: Example) => boolean, start?: Float64Array) {
    const rows = [...taught.flatMap((example) => rowsOf.get(example)!), ...halves[half]!];
    const targets = rows.map((row) => (owner[row]?.classIndex === classIndex ? 1 : 0));
    const takesPart = rows.map((row) => (owner[row] && isLeftOut(owner[row]) ? 0 : 1));
    const positives = sum(targets.map((target, at) => target * takesPart[at]!));
    const negatives = halves[half]!.length || rows.length - positives;
    const weights = rows.map((_, at) => takesPart[at]! * (targets[at] ? negatives / Math.max(positives, 1) : 1));
    const shares = fitLogistic(products, count, { rows, targets, weights }, start);
    const raw = (row: number) => sum(rows.map((other, at) => shares[at]! * products[row * count + other]!));
    const held = halves.length === 2 ? halves[1 - half]!.map(raw) : [];
    const threshold = held.length > 0 ? quantile(held, 1 - FALSE_ALARMS) : 0;
    return {
      rows,
      shares,
      threshold,
      held: held.map((score) => score - threshold),
      score: (row: number) => raw(row) - threshold,
    };
  }

  /** What fits that have not seen a picture make of it. */
  function leftOut(classIndex: number, start: Float64Array): Map<Example, number> {
    const foldOf = new Map<Example, number>();
    const seen = new Map<number | undefined, number>();
    for (const example of taught) {
      const position = seen.get(example.classIndex) ?? 0;
      seen.set(example.classIndex, position + 1);
      foldOf.set(example, position % FOLDS);
    }
    const scores = new Map<Example, number>();
    for (let fold = 0; fold < FOLDS; fold++) {
      const isLeftOut = (example: Example) => foldOf.get(example) === fold;
      const members = taught.filter(isLeftOut);
      if (members.length === 0) continue;
      const { score } = fit(classIndex, 0, isLeftOut, start);
      for (const example of members) scores.set(example, score(rowsOf.get(example)![0]!));
    }
    return scores;
  }

  const { channels } = space;
  const head: Head = {
    channels,
    classCount,
    maps: new Float32Array(classCount * channels),
    weights: new Float32Array(classCount * channels),
    bias: new Float32Array(classCount),
  };
  const unseen = examples.map(() => new Float64Array(classCount));
  for (let index = 0; index < classCount; index++) {
    const fits = halves.map((_, half) => fit(index, half, () => false));
    const folds = leftOut(index, fits[0]!.shares);
    const of = (isOwn: boolean) =>
      taught.filter(({ classIndex }) => (classIndex === index) === isOwn).map((example) => folds.get(example)!);
    const slope = calibrate(of(true), [...of(false), ...fits.flatMap(({ held }) => held)]);
    for (const [position, example] of examples.entries()) {
      const row = rowsOf.get(example)![0]!;
      const unfitted = fits.find(({ rows }) => !rows.includes(row)) ?? fits[0]!;
      unseen[position]![index] = slope * (folds.get(example) ?? unfitted.score(row));
    }
    head.weights.set(space.weightsOf(fits, slope / fits.length), index * channels);
    head.bias[index] = space.biasOf(fits, slope / fits.length);
  }
  drawMaps(
    head,
    taught,
    rest.flat().map((row) => features[row]!),
  );
  return { head, unseen };
}

/** A class's map: how far its mean is from that of the background, in deviations, of features in deviations. */
function drawMaps(head: Head, taught: readonly Example[], background: Background): void {
  const all = taught.flatMap(({ views }) => views);
  const around = background.length > 1 ? background : all;
  const centre = means(around);
  const deviation = deviations(around, centre);
  for (let index = 0; index < head.classCount; index++) {
    const own = means(taught.filter(({ classIndex }) => classIndex === index).flatMap(({ views }) => views));
    for (let channel = 0; channel < head.channels; channel++) {
      head.maps[index * head.channels + channel] = (own[channel]! - centre[channel]!) / deviation[channel]! ** 2;
    }
  }
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
