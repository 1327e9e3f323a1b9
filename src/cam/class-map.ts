import type { CamMap, ClassMaps, ClassScore } from '../types.ts';

/**
 * The weighted sum of class maps: of one class with weight 1 its own map, of several weighted by their probabilities the
 * map of their union. Raw values, in a buffer of its own, so that keeping it does not keep the maps of all classes alive.
 *
 * @param maps With those of all classes.
 * @param weights Class indices, `score` being the weight.
 * @returns `[rows, cols]`; linear in the weights.
 */
export function classMap(maps: ClassMaps, weights: readonly ClassScore[]): CamMap {
  const { rows, cols } = maps;
  const cells = rows * cols;
  const data = new Float32Array(cells);
  for (const { classIndex, score } of weights) addScaled(data, maps.maps!, classIndex * cells, score);
  return { rows, cols, data };
}

/** Adds to all of `sum` as many values from `start` on, times `factor`. */
export function addScaled(sum: Float32Array, values: Float32Array, start: number, factor: number): void {
  for (let at = 0; at < sum.length; at++) sum[at]! += factor * values[start + at]!;
}
