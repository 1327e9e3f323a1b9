import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correctMotion, predictMotion, smoothMotion, startMotion } from '../../src/track/motion.ts';

type Matrix = number[][];
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, col) => row.reduce((sum, value, k) => sum + value * b[k]![col]!, 0)));
const plus = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((value, j) => value + b[i]![j]!));
const transposed = (a: Matrix): Matrix => a[0]!.map((_, col) => a.map((row) => row[col]!));

/** The textbook recursion in matrices; correction in Joseph's form. */
function reference(steps: readonly { seconds: number; measured: number }[], noise: number, agility: number) {
  let x: Matrix = [[5], [0]];
  let p: Matrix = [
    [noise, 0],
    [0, 400],
  ];
  for (const { seconds: dt, measured } of steps) {
    const f: Matrix = [
      [1, dt],
      [0, 1],
    ];
    const q: Matrix = [
      [(agility * dt ** 3) / 3, (agility * dt ** 2) / 2],
      [(agility * dt ** 2) / 2, agility * dt],
    ];
    x = times(f, x);
    p = plus(times(times(f, p), transposed(f)), q);
    const spread = p[0]![0]! + noise;
    const k: Matrix = [[p[0]![0]! / spread], [p[1]![0]! / spread]];
    const innovation = measured - x[0]![0]!;
    x = x.map((row, i) => [row[0]! + k[i]![0]! * innovation]);
    const left: Matrix = [
      [1 - k[0]![0]!, 0],
      [-k[1]![0]!, 1],
    ];
    const gained = times(k, transposed(k)).map((row) => row.map((value) => value * noise));
    p = plus(times(times(left, p), transposed(left)), gained);
  }
  return [x[0]![0]!, x[1]![0]!, p[0]![0]!, p[0]![1]!, p[1]![1]!];
}

describe('the motion of a coordinate', () => {
  it('follows the Kalman recursion in matrices, whatever the times between frames', () => {
    const step = fc.record({
      seconds: fc.double({ min: 0, max: 3, noNaN: true }),
      measured: fc.double({ min: -1000, max: 1000, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let motion = startMotion(5, 9, 400);
        for (const { seconds, measured } of steps) {
          motion = correctMotion(predictMotion(motion, seconds, 50), measured, 9);
        }
        const { position, velocity, positionVariance, covariance, velocityVariance } = motion;
        reference(steps, 9, 50).forEach((expected, index) => {
          const value = [position, velocity, positionVariance, covariance, velocityVariance][index]!;
          expect(Math.abs(value - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));
        });
      }),
    );
  });

  it('predicts the same in one step as in many', () => {
    const start = correctMotion(predictMotion(startMotion(0, 4, 900), 0.1, 20), 7, 4);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 9 }), (parts) => {
        const stepped = parts.reduce((motion, seconds) => predictMotion(motion, seconds, 20), start);
        const total = parts.reduce((sum, seconds) => sum + seconds, 0);
        const whole = predictMotion(start, total, 20);
        for (const key of ['position', 'velocity', 'positionVariance', 'covariance', 'velocityVariance'] as const) {
          expect(Math.abs(stepped[key] - whole[key])).toBeLessThan(1e-9 * Math.max(1, Math.abs(whole[key])));
        }
      }),
    );
  });

  it('learns a constant velocity from irregular frames', () => {
    let motion = startMotion(0, 1, 1e4);
    let now = 0;
    for (const seconds of [0.03, 0.05, 0.2, 0.01, 0.4, 0.1, 0.3]) {
      now += seconds;
      motion = correctMotion(predictMotion(motion, seconds, 1), 80 * now, 1);
    }
    expect(motion.velocity).toBeCloseTo(80, 0);
  });
});

/** Solves a linear system by elimination. */
function solve(matrix: Matrix, right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (let pivot = 0; pivot < rows.length; pivot++) {
    const best = rows.slice(pivot).reduce((a, b) => (Math.abs(b[pivot]!) > Math.abs(a[pivot]!) ? b : a));
    rows.splice(rows.indexOf(best, pivot), 1);
    rows.splice(pivot, 0, best);
    for (const row of rows) {
      if (row === best) continue;
      const factor = row[pivot]! / best[pivot]!;
      for (let col = pivot; col < row.length; col++) row[col]! -= factor * best[col]!;
    }
  }
  return rows.map((row, i) => row[rows.length]! / row[i]!);
}

/** The most probable path given all measurements at once: least squares over all positions and velocities. */
function leastSquares(
  pts: readonly number[],
  measured: readonly (number | undefined)[],
  noise: number,
  agility: number,
) {
  const n = 2 * pts.length;
  const information: Matrix = Array.from({ length: n }, () => Array(n).fill(0));
  const right: number[] = Array(n).fill(0);
  const add = (factors: readonly (readonly [index: number, factor: number])[], value: number, weight: number) => {
    for (const [i, a] of factors) {
      right[i]! += weight * a * value;
      for (const [j, b] of factors) information[i]![j]! += weight * a * b;
    }
  };
  add([[1, 1]], 0, 1 / 400);
  measured.forEach((value, step) => {
    if (value !== undefined) add([[2 * step, 1]], value, 1 / noise);
  });
  for (let step = 1; step < pts.length; step++) {
    const dt = pts[step]! - pts[step - 1]!;
    const [from, to] = [2 * step - 2, 2 * step];
    // White-noise acceleration, made into two independent errors: of the velocity, and of the position beyond its mean change.
    add(
      [
        [to + 1, 1],
        [from + 1, -1],
      ],
      0,
      1 / (agility * dt),
    );
    add(
      [
        [to, 1],
        [from, -1],
        [from + 1, -dt / 2],
        [to + 1, -dt / 2],
      ],
      0,
      12 / (agility * dt ** 3),
    );
  }
  return solve(information, right);
}

describe('the motion in hindsight', () => {
  it('is the most probable path given all measurements at once', () => {
    const step = fc.record({
      seconds: fc.double({ min: 0.05, max: 1, noNaN: true }),
      measured: fc.option(fc.double({ min: -100, max: 100, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        const pts = [0];
        const known = [startMotion(5, 9, 400)];
        const expected = [known[0]!];
        for (const { seconds, measured } of steps) {
          pts.push(pts.at(-1)! + seconds);
          const prediction = predictMotion(known.at(-1)!, seconds, 50);
          expected.push(prediction);
          known.push(measured === undefined ? prediction : correctMotion(prediction, measured, 9));
        }
        const path = leastSquares(pts, [5, ...steps.map(({ measured }) => measured)], 9, 50);
        let smoothed = known.at(-1)!;
        for (let at = pts.length - 1; at >= 0; at--) {
          if (at < pts.length - 1) {
            smoothed = smoothMotion(known[at]!, expected[at + 1]!, smoothed, pts[at + 1]! - pts[at]!);
          }
          expect(smoothed.position).toBeCloseTo(path[2 * at]!, 4);
          expect(smoothed.velocity).toBeCloseTo(path[2 * at + 1]!, 4);
        }
      }),
    );
  });

  it('stays what it was where two moments are one', () => {
    const start = startMotion(3, 0, 0);
    expect(smoothMotion(start, start, { ...start, position: 8 }, 0)).toEqual(start);
  });
});
