import type { Affinity, CamMap } from '../types.ts';
import { addScaled } from './class-map.ts';
import { normalise } from './normalise.ts';
import { upsample } from './upsample.ts';

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
 * @param seed Raw values, on the grid the affinities are of; it is min-max normalised.
 * @returns on the finest stage's grid, values from 0 to 1.
 */
export function prototypeMap(affinities: readonly Affinity[], seed: CamMap): CamMap {
  const { rows, cols } = affinities.reduce((a, b) => (b.rows > a.rows ? b : a));
  const size = { width: cols, height: rows };
  const shares = normalise(seed).data;
  const data = new Float32Array(rows * cols);
  const picture = new Float32Array(rows * cols);
  for (const affinity of affinities) {
    const { object, all } = spread(affinity, shares);
    const weight = 1 / (affinity.rows * affinity.cols);
    addScaled(data, upsample(object, size), 0, weight);
    addScaled(picture, upsample(all, size), 0, weight);
  }
  for (let cell = 0; cell < data.length; cell++) data[cell]! /= Math.max(picture[cell]!, LEAST_SIMILARITY);
  return { rows, cols, data };
}

/** The sums of the seed cells' affinities: weighted by their shares, and of all alike. */
function spread({ rows, cols, data }: Affinity, shares: Float32Array): { object: CamMap; all: CamMap } {
  const cells = rows * cols;
  const object = new Float32Array(cells);
  const all = new Float32Array(cells);
  let seed = 0;
  for (; seed + 4 <= shares.length; seed += 4) addFour(object, all, data, seed * cells, shares, seed);
  for (; seed < shares.length; seed++) {
    addScaled(object, data, seed * cells, shares[seed]!);
    addScaled(all, data, seed * cells, 1);
  }
  return { object: { rows, cols, data: object }, all: { rows, cols, data: all } };
}

/** Of four seed cells at once, since the sums are written and read again each time. */
function addFour(
  object: Float32Array,
  all: Float32Array,
  data: Float32Array,
  start: number,
  shares: Float32Array,
  seed: number,
): void {
  const cells = all.length;
  const first = shares[seed]!;
  const second = shares[seed + 1]!;
  const third = shares[seed + 2]!;
  const fourth = shares[seed + 3]!;
  for (let cell = 0, at = start; cell < cells; cell++, at++) {
    const a = data[at]!;
    const b = data[at + cells]!;
    const c = data[at + 2 * cells]!;
    const d = data[at + 3 * cells]!;
    object[cell]! += first * a + second * b + third * c + fourth * d;
    all[cell]! += a + b + c + d;
  }
}
