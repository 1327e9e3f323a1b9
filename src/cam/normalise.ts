import type { CamMap } from '../types.ts';

/**
 * Min-max normalisation: the weakest cell becomes 0, the strongest 1. A map that is flat, or not finite everywhere, says
 * nothing about where its class is and becomes all 0.
 */
export function normalise(map: CamMap): CamMap {
  let least = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  let finite = true;
  for (const value of map.data) {
    if (value < least) least = value;
    if (value > largest) largest = value;
    finite &&= Number.isFinite(value);
  }
  const data = new Float32Array(map.data.length);
  const range = largest - least;
  if (finite && range > 0) {
    for (let cell = 0; cell < data.length; cell++) data[cell] = (map.data[cell]! - least) / range;
  }
  return { rows: map.rows, cols: map.cols, data };
}
