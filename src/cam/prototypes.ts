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
  const { rows, cols } = stages.reduce((a, b) => (b.rows > a.rows ? b : a));
  const size = { width: cols, height: rows };
  const cells = rows * cols;
  const shares = [new Float32Array(cells).fill(1), ...seeds.map((seed) => upsample(normalise(seed), size))];
  const sums = shares.map(() => new Float32Array(cells));
  for (const stage of stages) {
    const own = shares.map((share) => gather(share, size, stage));
    for (const [index, data] of likeness(stage, own).entries()) {
      const fine = upsample({ rows: stage.rows, cols: stage.cols, data }, size);
      for (let cell = 0; cell < cells; cell++) sums[index]![cell]! += fine[cell]!;
    }
  }
  const [picture, ...objects] = sums;
  return objects.map((data) => {
    for (let cell = 0; cell < cells; cell++) data[cell]! /= Math.max(picture![cell]!, LEAST_SIMILARITY);
    return { rows, cols, data };
  });
}

/**
 * Each cell's scalar product with the sum of all cells, weighted by shares, its features scaled to length 1; for each list
 * of shares one, all in one pass over the features, which are much more than a processor's cache holds.
 */
function likeness({ channels, rows, cols, data }: FeatureMap, shares: readonly Float32Array[]): Float32Array[] {
  const cells = rows * cols;
  const inverse = inverseLengths(data, channels, cells);
  for (const share of shares) multiply(share, inverse);
  const products = shares.map(() => new Float32Array(cells));
  for (let channel = 0; channel < channels; channel++) {
    const plane = data.subarray(channel * cells, (channel + 1) * cells);
    for (const [index, share] of shares.entries()) addScaled(products[index]!, plane, dot(share, plane));
  }
  for (const product of products) multiply(product, inverse);
  return products;
}

/** One over the length of each cell's features. */
function inverseLengths(data: Float32Array, channels: number, cells: number): Float32Array {
  const inverse = new Float32Array(cells);
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * cells;
    for (let cell = 0; cell < cells; cell++) inverse[cell]! += data[start + cell]! * data[start + cell]!;
  }
  for (let cell = 0; cell < cells; cell++) inverse[cell] = 1 / Math.max(Math.sqrt(inverse[cell]!), LEAST_LENGTH);
  return inverse;
}

/** Four sums side by side: each addition waits for the one before it in its own sum only. */
function dot(a: Float32Array, b: Float32Array): number {
  const { length } = a;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + s2 + s3;
}

function addScaled(sum: Float32Array, values: Float32Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += factor * values[i]!;
}

function multiply(values: Float32Array, factors: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i]! *= factors[i]!;
}
