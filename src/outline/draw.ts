import { normalise } from '../cam/normalise.ts';
import { upsample } from '../cam/upsample.ts';
import type { CamMap } from '../types.ts';

/** What a map counts for where there is no evidence of an object: the class may know better. */
const DOUBT = 0.2;

/**
 * The map of a class, drawn by the evidence of outlines: their product, on the finer of the two grids. The class map chooses
 * the object; the evidence, which is of no class, says where it ends.
 *
 * @param map From 0 to 1.
 * @param evidence From 0 to 1.
 * @returns from 0 to 1.
 */
export function drawOutline(map: CamMap, evidence: CamMap): CamMap {
  const { rows, cols } = evidence.rows >= map.rows ? evidence : map;
  const size = { width: cols, height: rows };
  const shares = upsample(map, size);
  const object = upsample(evidence, size);
  const data = new Float32Array(rows * cols);
  for (let cell = 0; cell < data.length; cell++) data[cell] = shares[cell]! * (object[cell]! + DOUBT);
  return normalise({ rows, cols, data });
}
