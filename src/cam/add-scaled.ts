/** Adds to all of `sum` as many values from `start` on, times `factor`. */
export function addScaled(sum: Float32Array, values: Float32Array, start: number, factor: number): void {
  for (let at = 0; at < sum.length; at++) sum[at]! += factor * values[start + at]!;
}
