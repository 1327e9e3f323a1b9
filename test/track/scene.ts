import type { Box, ClassScore, Localisation, Size } from '../../src/types.ts';

export const display: Size = { width: 1000, height: 800 };

/** A localisation as the tracker sees it, of class 0 and score 0.9 unless told. */
export function seen(box: Box, evidence: readonly ClassScore[] = [{ classIndex: 0, score: 0.9 }]): Localisation {
  const [{ classIndex, score }] = evidence as readonly [ClassScore];
  const peak = { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 };
  return { classIndex, score, box, peak, map: { rows: 1, cols: 1, data: Float32Array.of(1) }, evidence };
}

/** A box by its centre and sides. */
export function boxAt(x: number, y: number, width = 60, height = 100): Box {
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}
