import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smoothProbabilities } from '../../src/cam/smooth-probabilities.ts';

const frames = fc.array(
  fc.record({ p: fc.double({ min: 0.2, max: 0.8, noNaN: true }), step: fc.double({ min: 0, max: 3, noNaN: true }) }),
  { minLength: 1, maxLength: 20 },
);

describe('probabilities over time', () => {
  it('are the weighted mean of the frames so far, by how long ago they were', () => {
    fc.assert(
      fc.property(frames, (steps) => {
        const smooth = smoothProbabilities();
        const seen: { p: number; pts: number }[] = [];
        let pts = 0;
        for (const { p, step } of steps) {
          pts += step;
          seen.push({ p, pts });
          const weights = seen.map((one) => Math.exp(-(pts - one.pts) / 1));
          const total = weights.reduce((a, b) => a + b);
          const mean = seen.reduce((sum, one, at) => sum + one.p * weights[at]!, 0) / total;
          const [first, second] = smooth(Float32Array.of(p, 1 - p), pts);
          expect(first).toBeCloseTo(mean, 5);
          expect(first! + second!).toBeCloseTo(1, 5);
        }
      }),
    );
  });

  it('of a still picture are those of the picture', () => {
    const smooth = smoothProbabilities();
    for (const pts of [0, 0.1, 5]) expect([...smooth(Float32Array.of(0.25, 0.75), pts)]).toEqual([0.25, 0.75]);
  });

  it('outlive a frame or two that see something else, and not a cut', () => {
    const smooth = smoothProbabilities();
    const [bird, car] = [Float32Array.of(0.9, 0.1, 0), Float32Array.of(0, 0.1, 0.9)];
    const say = (frame: number, p: Float32Array) => smooth(p, frame / 25);
    for (let frame = 0; frame < 50; frame++) say(frame, bird);
    say(50, car);
    expect(say(51, car)[0]).toBeGreaterThan(0.8);
    expect(say(52, bird)[0]).toBeGreaterThan(0.8);
    say(53, car);
    say(54, car);
    expect([...say(55, car)]).toEqual([...car]);
  });

  it('forget what was before when time goes back', () => {
    const smooth = smoothProbabilities();
    smooth(Float32Array.of(1, 0), 10);
    expect([...smooth(Float32Array.of(0, 1), 3)]).toEqual([0, 1]);
  });
});
