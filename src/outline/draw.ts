import { upsample } from '../cam/upsample.ts';
import type { CamMap } from '../types.ts';

/** What a map counts for where there is no evidence of an object: the class may know better. */
const DOUBT = 0.2;

/** The peak of a drawn map where the class is surest and the evidence says that an object is as likely as not. */
export const AS_LIKELY_AS_NOT = (0.5 + DOUBT) / (1 + DOUBT);

/**
 * The map of a class, drawn by the evidence of outlines: their product, on the finer of the two grids. The class map chooses
 * the object; the evidence, which is of no class, says where it ends.
 *
 * @param map From 0 to 1.
 * @param evidence From 0 to 1.
 * @returns From 0 to 1: 1 where both are. Its peak tells whether there is an object at all.
 */
export function drawOutline(map: CamMap, evidence: CamMap): CamMap {
  const { rows, cols } = evidence.rows >= map.rows ? evidence : map;
  const size = { width: cols, height: rows };
  const shares = upsample(map, size);
  const object = upsample(evidence, size);
  const data = new Float32Array(rows * cols);
  for (let cell = 0; cell < data.length; cell++) data[cell] = (shares[cell]! * (object[cell]! + DOUBT)) / (1 + DOUBT);
  return { rows, cols, data };
}
