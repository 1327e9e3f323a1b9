import type { CamMap } from '../types.ts';
import { normalise } from './normalise.ts';
import { upsample } from './upsample.ts';

/**
 * How alike the features of a stage's cells are to those of the region of each seed cell: `[seed cells, rows · cols]`. With
 * f_j the features of cell j, scaled to length 1, and u_kj the share of seed cell k in it, the value at [k, i] is
 * f_i · Σ_j u_kj f_j.
 */
export interface Affinity {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}

/** Below this, a similarity counts as this much, so that nothing is divided by 0. */
const LEAST_SIMILARITY = 1e-9;

/**
 * Lets the object's own features say how far it goes. A class map lights the telling part of an object; cells that look
 * like that part, in the earlier stages whose grids are finer, belong to it too. With c the seed, upsampled to a stage's
 * grid, and f the features there, scaled to length 1, cell i gets
 *
 *     q_i = (f_i · Σ_j c_j f_j) / (f_i · Σ_j f_j)
 *
 * the mean of c over all cells, weighted by their likeness to cell i: one step of the random walk on feature similarities,
 * as in affinity-based refinements of class maps (Ahn and Kwak, CVPR 2018), but with the network's own features, without
 * training. Above and below the line the stages are summed, each mean over its own cells, upsampled to the finest grid.
 *
 * @param affinities Of one frame's stages; at least one.
 * @param seeds Raw values, all on the grid the affinities are of; each is min-max normalised.
 * @returns For each seed a map on the finest stage's grid, with values from 0 to 1.
 */
export function prototypeMaps(affinities: readonly Affinity[], seeds: readonly CamMap[]): CamMap[] {
  const [first] = seeds;
  if (first === undefined) return [];
  const { rows, cols } = affinities.reduce((a, b) => (b.rows > a.rows ? b : a));
  const similarity = (shares: Float32Array): Float32Array => {
    const sum = new Float32Array(rows * cols);
    for (const affinity of affinities) {
      const fine = upsample(spread(affinity, shares), { width: cols, height: rows });
      const weight = 1 / (affinity.rows * affinity.cols);
      for (let cell = 0; cell < sum.length; cell++) sum[cell]! += weight * fine[cell]!;
    }
    return sum;
  };
  const picture = similarity(new Float32Array(first.rows * first.cols).fill(1));
  return seeds.map((seed) => {
    const data = similarity(normalise(seed).data);
    for (let cell = 0; cell < data.length; cell++) data[cell]! /= Math.max(picture[cell]!, LEAST_SIMILARITY);
    return { rows, cols, data };
  });
}

/** The sum of the seed cells' affinities, weighted by their shares. */
function spread({ rows, cols, data }: Affinity, shares: Float32Array): CamMap {
  const cells = rows * cols;
  const sum = new Float32Array(cells);
  for (const [seed, share] of shares.entries()) {
    if (share === 0) continue;
    const start = seed * cells;
    for (let cell = 0; cell < cells; cell++) sum[cell]! += share * data[start + cell]!;
  }
  return { rows, cols, data: sum };
}
