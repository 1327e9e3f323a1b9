import type { CamMap } from '../types.ts';
import type { FeatureMap } from './feature-map.ts';
import { normalise } from './normalise.ts';
import { gather, upsample } from './upsample.ts';

/** Below these, a length or a similarity counts as this much, so that nothing is divided by 0. */
const LEAST_LENGTH = 1e-6;
const LEAST_SIMILARITY = 1e-9;

/**
 * Lets the object's own features say how far it goes. A class map lights the telling part of an object; cells that look
 * like that part, in the earlier stages whose grids are finer, belong to it too. With f the features of a cell, of every
 * stage scaled to length 1 and upsampled to the finest grid, and c the seed's share there, cell i gets
 *
 *     q_i = (f_i · Σ_j c_j f_j) / (f_i · Σ_j f_j)
 *
 * the mean of c over all cells, weighted by their likeness to cell i: one step of the random walk on feature similarities,
 * as in affinity-based refinements of class maps (Ahn and Kwak, CVPR 2018), but with the network's own features, without
 * training. Written with the two sums (the prototypes of the object and of the picture) it is linear in the number of
 * cells. Upsampling is linear as well, so each stage is worked on in its own grid.
 *
 * @param stages Of one frame, activations that are not negative; at least one.
 * @param seeds Raw values; each is min-max normalised.
 * @returns For each seed a map on the finest stage's grid, with values from 0 to 1.
 */
export function prototypeMaps(stages: readonly FeatureMap[], seeds: readonly CamMap[]): CamMap[] {
  const finest = stages.reduce((a, b) => (b.rows > a.rows ? b : a));
  const size = { width: finest.cols, height: finest.rows };
  const lengths = stages.map(inverseLengths);
  const similarity = (shares: Float32Array) => {
    const sum = new Float32Array(finest.rows * finest.cols);
    for (const [index, stage] of stages.entries()) {
      const own = likeness(stage, lengths[index]!, gather(shares, size, stage));
      const fine = upsample({ rows: stage.rows, cols: stage.cols, data: own }, size);
      for (let cell = 0; cell < sum.length; cell++) sum[cell]! += fine[cell]!;
    }
    return sum;
  };
  const picture = similarity(new Float32Array(finest.rows * finest.cols).fill(1));
  return seeds.map((seed) => {
    const data = similarity(upsample(normalise(seed), size));
    for (let cell = 0; cell < data.length; cell++) data[cell]! /= Math.max(picture[cell]!, LEAST_SIMILARITY);
    return { rows: finest.rows, cols: finest.cols, data };
  });
}

/** One over the length of each cell's features. */
function inverseLengths({ channels, rows, cols, data }: FeatureMap): Float32Array {
  const cells = rows * cols;
  const inverse = new Float32Array(cells);
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * cells;
    for (let cell = 0; cell < cells; cell++) inverse[cell]! += data[start + cell]! * data[start + cell]!;
  }
  for (let cell = 0; cell < cells; cell++) inverse[cell] = 1 / Math.max(Math.sqrt(inverse[cell]!), LEAST_LENGTH);
  return inverse;
}

/** Each cell's scalar product with the sum of all cells, weighted by `shares`; features scaled to length 1. */
function likeness(
  { channels, rows, cols, data }: FeatureMap,
  inverse: Float32Array,
  shares: Float32Array,
): Float32Array {
  const cells = rows * cols;
  const product = new Float32Array(cells);
  for (let cell = 0; cell < cells; cell++) shares[cell]! *= inverse[cell]!;
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * cells;
    let prototype = 0;
    for (let cell = 0; cell < cells; cell++) prototype += shares[cell]! * data[start + cell]!;
    if (prototype === 0) continue;
    for (let cell = 0; cell < cells; cell++) product[cell]! += prototype * data[start + cell]!;
  }
  for (let cell = 0; cell < cells; cell++) product[cell]! *= inverse[cell]!;
  return product;
}
