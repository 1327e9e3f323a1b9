import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestClasses } from '../../src/cam/best-classes.ts';
import { softmax } from '../../src/cam/softmax.ts';
import { HeatboxError } from '../../src/error.ts';

const logits = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 40 });

describe('softmax', () => {
  it('is exp over the sum of exp', () => {
    const [a, b, c] = softmax(Float32Array.of(0, Math.log(2), Math.log(5)));
    expect([a, b, c]).toEqual([expect.closeTo(1 / 8, 6), expect.closeTo(2 / 8, 6), expect.closeTo(5 / 8, 6)]);
  });

  it('sums to 1 and does not change when all logits move together', () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: -64, max: 64 }), (values, shift) => {
        const whole = values.map(Math.round);
        const one = softmax(Float32Array.from(whole));
        const moved = softmax(Float32Array.from(whole, (value) => value + shift));
        expect(one.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
        one.forEach((value, index) => {
          expect(moved[index]).toBeCloseTo(value, 6);
        });
      }),
    );
  });

  it('survives logits whose exponential is beyond any float, and gives NaN nothing', () => {
    expect([...softmax(Float32Array.of(1000, 1000, Number.NaN, -1000))]).toEqual([0.5, 0.5, 0, 0]);
  });
});

describe('the best classes', () => {
  it('are those that sorting would give', () => {
    const tied = fc.array(fc.constantFrom(0, 0.1, 0.2, 0.3, 0.4), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(tied, fc.integer({ min: 1, max: 12 }), (values, count) => {
        const probabilities = Float32Array.from(values);
        const sorted = [...probabilities]
          .map((score, classIndex) => ({ classIndex, score }))
          .sort((a, b) => b.score - a.score || a.classIndex - b.classIndex);
        expect(bestClasses(probabilities, count)).toEqual(sorted.slice(0, count));
      }),
    );
  });

  it('come from the allowed classes only, whatever their order, with the probability over all', () => {
    const probabilities = Float32Array.of(0.5, 0.125, 0.25, 0.125);
    const expected = [
      { classIndex: 2, score: 0.25 },
      { classIndex: 1, score: 0.125 },
    ];
    expect(bestClasses(probabilities, 2, [3, 2, 1])).toEqual(expected);
    expect(bestClasses(probabilities, 2, [1, 2, 2, 1, 3])).toEqual(expected);
    expect(bestClasses(probabilities, 2, [])).toEqual([]);
  });

  it.each([-1, 4, 0.5, Number.NaN])('refuse class %s of a network with four', (classIndex) => {
    expect(() => bestClasses(new Float32Array(4), 1, [classIndex])).toThrow(HeatboxError);
  });
});
