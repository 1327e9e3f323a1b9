import type { CamMap, ClassMaps } from '../../src/types.ts';

/** A map from rows of numbers. */
export function camMap(rows: readonly (readonly number[])[]): CamMap {
  return { rows: rows.length, cols: rows[0]!.length, data: Float32Array.from(rows.flat()) };
}

/** A network's answer from one logit and one map a class. */
export function classMaps(classes: readonly { logit: number; map: readonly (readonly number[])[] }[]): ClassMaps {
  const { rows, cols } = camMap(classes[0]!.map);
  return {
    classCount: classes.length,
    rows,
    cols,
    logits: Float32Array.from(classes, ({ logit }) => logit),
    maps: Float32Array.from(classes.flatMap(({ map }) => map.flat())),
  };
}
