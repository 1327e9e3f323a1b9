/** One set of items scored at several settings: `values[item][setting]`. */
export type Scores = readonly (readonly number[])[];

export interface CrossValidated {
  /** Each item's value at the setting chosen on the half it is not in. */
  readonly values: readonly number[];
  /** The setting, by position, that each half was scored with: items of even and of odd position. */
  readonly chosen: readonly [even: number, odd: number];
}

/**
 * Scores each half of a set at the setting that is best on the other half, so that no item has a say in its own
 * setting. Items of even position are one half, those of odd position the other. The best setting is the one with the
 * greatest mean; of several the middle one.
 *
 * @param goal What is averaged to choose: the value itself, or whether it reaches something.
 */
export function crossValidate(scores: Scores, goal: (value: number) => number = (value) => value): CrossValidated {
  const even = bestSetting(scores, 1, goal);
  const odd = bestSetting(scores, 0, goal);
  return { values: scores.map((item, position) => item[position % 2 === 0 ? even : odd]!), chosen: [even, odd] };
}

/** 1 where a value reaches `least`, else 0. */
export function reaches(least: number): (value: number) => number {
  return (value) => (value >= least ? 1 : 0);
}

/** The mean; of nothing 0. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function bestSetting(scores: Scores, parity: number, goal: (value: number) => number): number {
  const half = scores.length > 1 ? scores.filter((_, position) => position % 2 === parity) : scores;
  const settings = scores[0]?.map((_, setting) => mean(half.map((item) => goal(item[setting]!)))) ?? [];
  const best = Math.max(...settings);
  const equals = settings.flatMap((value, setting) => (value === best ? [setting] : []));
  return equals[Math.floor(equals.length / 2)] ?? 0;
}
