import { munkres } from 'munkres';

/** Index of a row and the column assigned to it. */
export type Pair = readonly [row: number, column: number];

/**
 * The assignment of rows to columns with the largest total similarity (Kuhn and Munkres). Pairs that must not be are
 * given similarity 0 or less and stay unassigned.
 *
 * @param similarity `[rows][columns]`
 * @returns Pairs in the order of the rows.
 */
export function assign(similarity: readonly Float64Array[]): Pair[] {
  const costs = similarity.map((row) => row.map((value) => -Math.max(value, 0)));
  return munkres(costs)
    .filter(([row, column]) => similarity[row]![column]! > 0)
    .sort(([row], [other]) => row - other);
}
