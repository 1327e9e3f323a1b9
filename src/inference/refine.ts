import { bestClasses } from '../cam/best-classes.ts';
import { type ClassChoice, chooseClasses } from '../cam/choose-classes.ts';
import { chooseGroups } from '../cam/choose-groups.ts';
import { clampedMap } from '../cam/clamped-map.ts';
import { classMap } from '../cam/class-map.ts';
import type { FeatureMap } from '../cam/feature-map.ts';
import { mergeMaps } from '../cam/merge-maps.ts';
import { type Affinity, prototypeMaps } from '../cam/prototypes.ts';
import { softmax } from '../cam/softmax.ts';
import type { ClassWeights } from '../model/variants/index.ts';
import type { CamMap, ClassMaps, ClassScore, Namer, RefinedMap } from '../types.ts';

/** What a network's run gives for one frame beside the class maps. */
export interface FrameFeatures {
  readonly last: FeatureMap;
  /** Of the earlier stages, with the cells of the seeds' grid. */
  readonly affinities: readonly Affinity[];
}

interface Frame {
  readonly maps: ClassMaps;
  readonly features: FrameFeatures;
  readonly targets: readonly RefineTarget[];
}

/** LayerCAM at the stage before the last, for one weighting of the last stage's channels a frame. */
export type LayerMaps = (weights: readonly Float32Array[]) => Promise<CamMap[]>;

/** What a refined map is of: one class, or several together. */
export interface RefineTarget {
  /** The class it goes under. */
  readonly classIndex: number;
  /** Class indices, `score` being the weight of their maps. */
  readonly weights: readonly ClassScore[];
}

/**
 * Refines the maps of a batch's targets.
 *
 * A target's seed is its map without negative weights; where the last stage can be run backwards, the mean of that and of
 * LayerCAM's map, which is finer. The refined map is the mean of the seed, which tells objects of a class apart, and of its
 * prototypes' likeness, which reaches the object's edges; all on a scale of 0 to 1.
 *
 * @param weights The linear layer; where absent, the targets' own maps are the seeds.
 * @returns for each frame its targets' maps, in their order, on the grid of the finest stage.
 */
export async function refineMaps(
  frames: readonly Frame[],
  weights: ClassWeights | undefined,
  layerMaps: LayerMaps | undefined,
): Promise<RefinedMap[][]> {
  const seeds: CamMap[][] = frames.map(() => []);
  const most = Math.max(0, ...frames.map(({ targets }) => targets.length));
  for (let rank = 0; rank < most; rank++) {
    const rows = weights && frames.map(({ targets }) => channelWeights(weights, targets[rank]?.weights ?? []));
    const finer = rows && layerMaps && (await layerMaps(rows));
    for (const [position, { maps, features, targets }] of frames.entries()) {
      const target = targets[rank];
      if (target === undefined) continue;
      const seed = rows ? clampedMap(features.last, rows[position]!) : classMap(maps, target.weights);
      seeds[position]!.push(finer ? mergeMaps([seed, finer[position]!]) : seed);
    }
  }
  return frames.map(({ features, targets }, position) => {
    const likeness = prototypeMaps(features.affinities, seeds[position]!);
    return targets.map(({ classIndex }, rank) => ({
      classIndex,
      map: mergeMaps([seeds[position]![rank]!, likeness[rank]!]),
    }));
  });
}

/** What a frame's logits choose: groups of classes where there is a namer, else classes, each by itself. */
export function chosenTargets(logits: Float32Array, choice: ClassChoice, namer?: Namer): RefineTarget[] {
  if (namer === undefined) {
    return chooseClasses(logits, choice).map(({ classIndex }) => ({ classIndex, weights: [{ classIndex, score: 1 }] }));
  }
  return chooseGroups(softmax(logits), { ...choice, namer }).filter(({ score }) => score >= choice.minScore);
}

/** Classes together, each with its share of their probability; they go under the most probable. None, no target. */
export function unionTarget(logits: Float32Array, classes: readonly number[]): RefineTarget[] {
  const probable = bestClasses(softmax(logits), classes.length, classes);
  const sum = probable.reduce((total, { score }) => total + score, 0);
  return probable.slice(0, 1).map(({ classIndex }) => ({
    classIndex,
    weights: probable.map((one) => ({ ...one, score: sum > 0 ? one.score / sum : 1 / probable.length })),
  }));
}

/** What the channels weigh for classes together: the weighted sum of the linear layer's rows. */
function channelWeights({ channels, data }: ClassWeights, classes: readonly ClassScore[]): Float32Array {
  const sum = new Float32Array(channels);
  for (const { classIndex, score } of classes) {
    const start = classIndex * channels;
    for (let channel = 0; channel < channels; channel++) sum[channel]! += score * data[start + channel]!;
  }
  return sum;
}
