/**
 * Solves a system of linear equations whose matrix is symmetric and positive definite, by elimination.
 *
 * @param matrix `[n, n]`, row-major; overwritten.
 * @param right `[n]`; overwritten.
 * @returns `[n]`
 */
export function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  for (let column = 0; column < n; column++) {
    for (let row = column + 1; row < n; row++) {
      const factor = matrix[row * n + column]! / matrix[column * n + column]!;
      for (let at = column; at < n; at++) matrix[row * n + at]! -= factor * matrix[column * n + at]!;
      right[row]! -= factor * right[column]!;
    }
  }
  for (let row = n - 1; row >= 0; row--) {
    for (let at = row + 1; at < n; at++) right[row]! -= matrix[row * n + at]! * right[at]!;
    right[row]! /= matrix[row * n + row]!;
  }
  return right;
}
