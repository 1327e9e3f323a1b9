/** What a fit is told of its rows. */
export interface Weighted {
  /** Which rows of the products take part. */
  readonly rows: readonly number[];
  /** For each of them 1 for the class and 0 for the rest. */
  readonly targets: ArrayLike<number>;
  /** How much each of them counts. */
  readonly weights: ArrayLike<number>;
}

/** The weight of the squared length of the solution. */
const PENALTY = 1;
const MOST_ROUNDS = 15;
const MOST_STEPS = 60;
/** Below this curvature a row is as good as settled. */
const LEAST_CURVATURE = 1e-8;
const TOLERANCE = 1e-4;

/**
 * The inner products of all pairs of rows, plus 1 for a constant that all rows share: `[rows, rows]`.
 *
 * @param rows Of one length.
 */
export function innerProducts(rows: readonly Float32Array[]): Float64Array {
  const count = rows.length;
  const products = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      const product = 1 + dot(rows[i]!, rows[j]!);
      products[i * count + j] = product;
      products[j * count + i] = product;
    }
  }
  return products;
}

/**
 * Fits a logistic regression with an L2 penalty by Newton's method, in the space of the rows: with few pictures and thousands
 * of features that is the small one. Each step is solved by conjugate gradients. Deterministic.
 *
 * @param products As `innerProducts` gives them.
 * @param count How many rows these are of.
 * @param start Where to begin, e.g. the solution of a similar problem. Defaults to 0.
 * @returns for each of the rows that take part its share a, the solution being Σ a·row; its constant is Σ a.
 */
export function fitLogistic(
  products: Float64Array,
  count: number,
  { rows, targets, weights }: Weighted,
  start?: Float64Array,
): Float64Array {
  const size = rows.length;
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) matrix[i * size + j] = products[rows[i]! * count + rows[j]!]!;
  }
  const shares = start ? Float64Array.from(start) : new Float64Array(size);
  const scores = new Float64Array(size);
  const root = new Float64Array(size);
  const wanted = new Float64Array(size);
  const scaled = new Float64Array(size);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    multiply(matrix, shares, scores);
    for (let i = 0; i < size; i++) {
      const probability = 1 / (1 + Math.exp(-scores[i]!));
      const curvature = Math.max(weights[i]! * probability * (1 - probability), LEAST_CURVATURE);
      root[i] = Math.sqrt(curvature);
      wanted[i] = root[i]! * scores[i]! + (weights[i]! * (targets[i]! - probability)) / root[i]!;
      scaled[i] = shares[i]! / root[i]!;
    }
    solve(matrix, root, wanted, scaled);
    let change = 0;
    for (let i = 0; i < size; i++) {
      const share = root[i]! * scaled[i]!;
      change = Math.max(change, Math.abs(share - shares[i]!));
      shares[i] = share;
    }
    if (change < TOLERANCE) break;
  }
  return shares;
}

/** Solves (R M R + penalty) x = b, R being diagonal, by conjugate gradients from x on. */
function solve(matrix: Float64Array, root: Float64Array, b: Float64Array, x: Float64Array): void {
  const size = b.length;
  const inner = new Float64Array(size);
  const product = new Float64Array(size);
  const apply = (vector: Float64Array) => {
    for (let i = 0; i < size; i++) inner[i] = root[i]! * vector[i]!;
    multiply(matrix, inner, product);
    for (let i = 0; i < size; i++) product[i] = root[i]! * product[i]! + PENALTY * vector[i]!;
  };
  apply(x);
  const residual = b.map((value, i) => value - product[i]!);
  const direction = Float64Array.from(residual);
  let length = dot(residual, residual);
  const enough = 1e-9 * Math.max(dot(b, b), 1e-30);
  for (let step = 0; step < MOST_STEPS && length > enough; step++) {
    apply(direction);
    const stride = length / dot(direction, product);
    for (let i = 0; i < size; i++) {
      x[i]! += stride * direction[i]!;
      residual[i]! -= stride * product[i]!;
    }
    const next = dot(residual, residual);
    for (let i = 0; i < size; i++) direction[i] = residual[i]! + (next / length) * direction[i]!;
    length = next;
  }
}

function multiply(matrix: Float64Array, vector: Float64Array, out: Float64Array): void {
  const size = vector.length;
  for (let row = 0, at = 0; row < size; row++, at += size) {
    let [a, b, c, d] = [0, 0, 0, 0];
    let col = 0;
    for (; col + 4 <= size; col += 4) {
      a += matrix[at + col]! * vector[col]!;
      b += matrix[at + col + 1]! * vector[col + 1]!;
      c += matrix[at + col + 2]! * vector[col + 2]!;
      d += matrix[at + col + 3]! * vector[col + 3]!;
    }
    for (; col < size; col++) a += matrix[at + col]! * vector[col]!;
    out[row] = a + b + c + d;
  }
}

function dot(x: Float32Array | Float64Array, y: Float32Array | Float64Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 4 <= x.length; i += 4) {
    a += x[i]! * y[i]!;
    b += x[i + 1]! * y[i + 1]!;
    c += x[i + 2]! * y[i + 2]!;
    d += x[i + 3]! * y[i + 3]!;
  }
  for (; i < x.length; i++) a += x[i]! * y[i]!;
  return a + b + c + d;
}
