import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correctMotion, predictMotion, startMotion } from '../../src/track/motion.ts';

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
          motion = correctMotion(predictMotion(motion, seconds, 50, Number.POSITIVE_INFINITY), measured, 9);
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
    const persistence = fc.constantFrom(0.5, 3, Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(persistence, fc.integer({ min: 2, max: 20 }), (kept, parts) => {
        const start = correctMotion(predictMotion(startMotion(0, 4, 900), 0.1, 0, kept), 7, 4);
        let stepped = start;
        for (let part = 0; part < parts; part++) stepped = predictMotion(stepped, 1 / parts, 0, kept);
        const whole = predictMotion(start, 1, 0, kept);
        expect(stepped.position).toBeCloseTo(whole.position, 9);
        expect(stepped.velocity).toBeCloseTo(whole.velocity, 9);
        expect(stepped.positionVariance).toBeCloseTo(whole.positionVariance, 6);
        expect(stepped.velocityVariance).toBeCloseTo(whole.velocityVariance, 6);
      }),
    );
  });

  it('lets a velocity that does not persist fade, and the position come to rest', () => {
    const moving = { ...startMotion(100, 1, 1), velocity: 30 };
    const later = predictMotion(moving, 2, 0, 2);
    expect(later.velocity).toBeCloseTo(30 / Math.E, 9);
    expect(predictMotion(moving, 1e6, 0, 2).position).toBeCloseTo(100 + 30 * 2, 6);
  });

  it('learns a constant velocity from irregular frames', () => {
    let motion = startMotion(0, 1, 1e4);
    let now = 0;
    for (const seconds of [0.03, 0.05, 0.2, 0.01, 0.4, 0.1, 0.3]) {
      now += seconds;
      motion = correctMotion(predictMotion(motion, seconds, 1, Number.POSITIVE_INFINITY), 80 * now, 1);
    }
    expect(motion.velocity).toBeCloseTo(80, 0);
  });
});
