import { upsample } from '../../src/cam/upsample.ts';
import type { Affinity, FeatureMap } from '../../src/types.ts';

/** The features of each cell, scaled to length 1. */
export function unitFeatures({ channels, rows, cols, data }: FeatureMap): number[][] {
  const cells = rows * cols;
  return Array.from({ length: cells }, (_, cell) => {
    const own = Array.from({ length: channels }, (_, channel) => data[channel * cells + cell]!);
    return own.map((value) => value / Math.max(Math.hypot(...own), 1e-6));
  });
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

/** The definition of affinities, pair by pair. */
export function affinityOf(stage: FeatureMap, seed: { rows: number; cols: number }): Affinity {
  const { rows, cols } = stage;
  const cells = rows * cols;
  const features = unitFeatures(stage);
  const seeds = seed.rows * seed.cols;
  const data = new Float32Array(seeds * cells);
  for (let k = 0; k < seeds; k++) {
    const only = { ...seed, data: new Float32Array(seeds).fill(1, k, k + 1) };
    const shares = upsample(only, { width: cols, height: rows });
    for (let i = 0; i < cells; i++) {
      for (let j = 0; j < cells; j++) data[k * cells + i]! += shares[j]! * dot(features[i]!, features[j]!);
    }
  }
  return { rows, cols, data };
}
