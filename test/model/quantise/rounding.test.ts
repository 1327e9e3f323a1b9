import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundingOf, roundWeights } from '../../../src/model/quantise/rounding.ts';

const finite = fc.double({ min: -1e4, max: 1e4, noNaN: true });

describe('rounding to unsigned bytes', () => {
  it('is off by half a step at most within the range, and exact at zero', () => {
    fc.assert(
      fc.property(finite, finite, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, at) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        const { scale, zeroPoint } = roundingOf({ min, max });
        const rounded = (value: number) => {
          const byte = Math.min(255, Math.max(0, Math.round(value / scale) + zeroPoint));
          return (byte - zeroPoint) * scale;
        };
        const value = min + at * (max - min);
        // The zero point is a whole number too, which moves the ends of the range by up to half a step.
        expect(Math.abs(rounded(value) - value)).toBeLessThanOrEqual(scale * (1 + 1e-6));
        expect(rounded(0)).toBe(0);
        if (min >= 0) expect(zeroPoint).toBe(0);
      }),
    );
  });

  it('knows a range of nothing', () => {
    const { scale, zeroPoint } = roundingOf({ min: 0, max: 0 });
    expect(scale).toBeGreaterThan(0);
    expect(zeroPoint).toBe(0);
  });
});

describe('rounding of weights', () => {
  it('gives each channel a scale of its own, and is off by half of it at most', () => {
    const channels = fc.array(fc.array(finite, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(channels, (rows) => {
        const kernel = Float32Array.from(rows.flat());
        const { kernel: rounded, scales } = roundWeights(kernel, rows.length, undefined, 1);
        for (const [i, weight] of kernel.entries()) {
          const scale = scales[Math.floor(i / 3)]!;
          expect(Math.abs(rounded[i]! * scale - weight)).toBeLessThanOrEqual(scale * 0.5001);
        }
        expect(Math.max(...rounded.map(Math.abs))).toBeLessThanOrEqual(127);
      }),
    );
  });

  it('keeps a bias in 32 bits, however small the weights beside it are', () => {
    const { bias, scales } = roundWeights(Float32Array.of(1e-9, 0, 0.5), 3, Float32Array.of(100, -7, 0.25), 1e-3);
    for (const [channel, expected] of [100, -7, 0.25].entries()) {
      expect(Math.abs(bias![channel]!)).toBeLessThanOrEqual(2 ** 30);
      expect(bias![channel]! * scales[channel]! * 1e-3).toBeCloseTo(expected, 2);
    }
  });
});
