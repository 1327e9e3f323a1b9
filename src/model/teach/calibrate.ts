/** The slope may not leave this: few examples, all on the right side, would make scores certain. */
const LEAST_SLOPE = 0.5;
const MOST_SLOPE = 20;
const ROUNDS = 60;

/**
 * The slope that turns scores into logits whose boundary stays at 0: the most likely one if classes and the rest are equally
 * frequent (Platt, 1999, with a fixed offset). Each side has one example more at the boundary's other side, which keeps it
 * finite.
 *
 * @param positives Scores of examples of the class that the fit has not seen.
 * @param negatives Of what is something else.
 */
export function calibrate(positives: readonly number[], negatives: readonly number[]): number {
  const rows = [...weighted(positives, 1), ...weighted(negatives, -1)];
  // The likelihood is concave in the slope: bisect its derivative.
  let [low, high] = [LEAST_SLOPE, MOST_SLOPE];
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2;
    let rise = 0;
    for (const { margin, weight } of rows) rise += (weight * margin) / (1 + Math.exp(middle * margin));
    if (rise > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Margins by which scores are on the right side, and one as far on the wrong side as the mean is on the right one. */
function weighted(scores: readonly number[], sign: number): { margin: number; weight: number }[] {
  if (scores.length === 0) return [];
  const weight = 1 / (scores.length + 1);
  const mean = scores.reduce((sum, score) => sum + Math.abs(score), 0) / scores.length;
  return [...scores.map((score) => ({ margin: sign * score, weight })), { margin: -mean, weight }];
}

/** The value below which that share of values lies, between the nearest two. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}
