import { linearSumAssignment } from 'linear-sum-assignment';

/** Index of a row and the column assigned to it. */
export type Pair = readonly [row: number, column: number];

/**
 * The assignment of rows to columns with the largest total similarity (Jonker and Volgenant). Pairs that must not be are
 * given similarity 0 or less and stay unassigned.
 *
 * @param similarity `[rows][columns]`
 * @returns Pairs in the order of the rows.
 */
export function assign(similarity: readonly Float64Array[]): Pair[] {
  const columns = similarity[0]?.length ?? 0;
  if (columns === 0) return [];
  const clamped = similarity.map((row) => row.map((value) => Math.max(value, 0)));
  const { rowAssignments } = linearSumAssignment(clamped, { maximaze: true });
  return [...rowAssignments]
    .map((column, row): Pair => [row, column])
    .filter(([row, column]) => column >= 0 && similarity[row]![column]! > 0);
}
