/** Of square roots of features: keeps channels that the background never excites from counting without bound. */
const LEAST_ROOT_DEVIATION = 0.01;
const LEAST_DEVIATION = 0.01;

/** Rows and their shares in a solution, and where its boundary is. */
interface Solution {
  readonly rows: readonly number[];
  readonly shares: Float64Array;
  readonly threshold: number;
}

/** Features as a head is trained on them, and the way back. */
export interface Space {
  readonly channels: number;
  readonly rows: readonly Float32Array[];
  /** The weights of solutions for the features' square roots, summed and scaled. */
  weightsOf(solutions: readonly Solution[], factor: number): Float32Array;
  /** What is added then, so that the boundary is at 0. */
  biasOf(solutions: readonly Solution[], factor: number): number;
}

/**
 * Square roots of features, less their mean in the background and over their deviation there. Rows have about unit length.
 *
 * @param features What is below 0 counts as 0.
 */
export function standardised(features: readonly Float32Array[], background: readonly Float32Array[]): Space {
  const channels = features[0]!.length;
  const roots = background.map(rootsOf);
  const centre = means(roots);
  const deviation = deviations(roots, centre, LEAST_ROOT_DEVIATION).map((value) => value * Math.sqrt(channels));
  const rows = features.map((one) =>
    rootsOf(one).map((root, channel) => (root - centre[channel]!) / deviation[channel]!),
  );
  return { channels, rows, weightsOf, biasOf };

  function weightsOf(solutions: readonly Solution[], factor: number): Float32Array {
    const weights = new Float64Array(channels);
    for (const solution of solutions) {
      for (const [at, row] of solution.rows.entries()) {
        const share = factor * solution.shares[at]!;
        const values = rows[row]!;
        for (let channel = 0; channel < channels; channel++) weights[channel]! += share * values[channel]!;
      }
    }
    return Float32Array.from(weights, (weight, channel) => weight / deviation[channel]!);
  }

  function biasOf(solutions: readonly Solution[], factor: number): number {
    let bias = 0;
    for (const { shares, threshold } of solutions) {
      bias -= factor * threshold;
      for (const share of shares) bias += factor * share;
    }
    const weights = weightsOf(solutions, factor);
    for (let channel = 0; channel < channels; channel++) bias -= weights[channel]! * centre[channel]!;
    return bias;
  }
}

/** The mean of rows, channel by channel. */
export function means(rows: readonly Float32Array[]): Float64Array {
  const sums = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let channel = 0; channel < row.length; channel++) sums[channel]! += row[channel]!;
  return sums.map((sum) => sum / rows.length);
}

/** Standard deviations of rows, plus `least`. */
export function deviations(rows: readonly Float32Array[], centre: Float64Array, least = LEAST_DEVIATION): Float64Array {
  const squares = new Float64Array(centre.length);
  for (const row of rows) {
    for (let channel = 0; channel < row.length; channel++) squares[channel]! += (row[channel]! - centre[channel]!) ** 2;
  }
  return squares.map((square) => Math.sqrt(square / rows.length) + least);
}

function rootsOf(features: Float32Array): Float32Array {
  return features.map((value) => Math.sqrt(Math.max(value, 0)));
}
