import type { CamMap, FeatureMap } from '../types.ts';
import { addScaled } from './class-map.ts';

/**
 * The class activation map without the evidence against the class: negative weights count as 0. What speaks against a
 * class often lies on the object itself, where plain maps have holes.
 *
 * @param weights One a channel: the linear layer's row of a class, or a weighted sum of the rows of several.
 * @returns Never negative where the features are not.
 */
export function clampedMap({ channels, rows, cols, data }: FeatureMap, weights: Float32Array): CamMap {
  const cells = rows * cols;
  const map = new Float32Array(cells);
  for (let channel = 0; channel < channels; channel++) {
    const weight = weights[channel]!;
    if (!(weight > 0)) continue;
    addScaled(map, data, channel * cells, weight);
  }
  return { rows, cols, data: map };
}
