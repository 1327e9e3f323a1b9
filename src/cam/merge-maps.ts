import type { CamMap } from '../types.ts';
import { addScaled } from './class-map.ts';
import { normalise } from './normalise.ts';
import { upsample } from './upsample.ts';

/**
 * The mean of maps of the same thing: each min-max normalised and upsampled to the finest one's grid, the sum normalised
 * again. A flat map has no say.
 *
 * @param maps At least one.
 */
export function mergeMaps(maps: readonly CamMap[]): CamMap {
  const { rows, cols } = maps.reduce((a, b) => (b.rows > a.rows ? b : a));
  const sum = new Float32Array(rows * cols);
  for (const map of maps) {
    const fine = upsample(normalise(map), { width: cols, height: rows });
    // Upsampling does not reach the outermost values of a coarse map everywhere.
    const { data } = normalise({ rows, cols, data: fine });
    addScaled(sum, data, 0, 1);
  }
  return normalise({ rows, cols, data: sum });
}
