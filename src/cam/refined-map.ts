import { drawOutline } from '../outline/draw.ts';
import type { CamMap, ClassMaps, ClassScore, ClassWeights } from '../types.ts';
import { clampedMap } from './clamped-map.ts';
import { addScaled, classMap } from './class-map.ts';
import { mergeMaps } from './merge-maps.ts';
import { prototypeMap } from './prototypes.ts';

/**
 * The best map there is of some classes together: refined where the frame has the features for it, else their plain maps'
 * weighted sum.
 *
 * The seed is their map without negative weights. The refined map is the mean of the seed, which tells objects of a class
 * apart, and of its prototypes' likeness, which reaches the object's edges; both on a scale of 0 to 1. Where the network
 * has evidence of outlines, that draws the object which the map has chosen.
 *
 * @param classes Class indices, `score` being the weight.
 * @returns on the grid of the finest stage.
 */
export function refinedMap(maps: ClassMaps, classes: readonly ClassScore[]): CamMap {
  const { features } = maps;
  if (features === undefined) return classMap(maps, classes);
  const { last, affinities, outline, weights } = features;
  const seed = weights ? clampedMap(last, channelWeights(weights, classes)) : classMap(maps, classes);
  const map = mergeMaps([seed, prototypeMap(affinities, seed)]);
  return outline ? drawOutline(map, outline) : map;
}

/** Most of a wide group's classes have less than this share of it, and change nothing that shows. */
const NEGLIGIBLE = 1e-3;

/** What the channels weigh for classes together: the weighted sum of the linear layer's rows. */
function channelWeights({ channels, data }: ClassWeights, classes: readonly ClassScore[]): Float32Array {
  const sum = new Float32Array(channels);
  for (const { classIndex, score } of classes) {
    if (score >= NEGLIGIBLE) addScaled(sum, data, classIndex * channels, score);
  }
  return sum;
}
