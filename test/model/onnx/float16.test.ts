import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float16Bits, float16Value } from '../../../src/model/onnx/float16.ts';

describe('half precision', () => {
  it('keeps every half as it is', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = float16Value(bits);
      if (Number.isNaN(value)) expect(float16Value(float16Bits(value))).toBeNaN();
      else if (float16Bits(value) !== bits)
        expect.fail(`${bits.toString(16)} became ${float16Bits(value).toString(16)}`);
    }
  });

  it('rounds to the nearest half, and to the even one when two are as near', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bfe }), fc.boolean(), (bits, negative) => {
        const sign = negative ? -1 : 1;
        const [low, high] = [float16Value(bits), float16Value(bits + 1)];
        const middle = (low + high) / 2;
        const even = bits % 2 === 0 ? low : high;
        expect(float16Value(float16Bits(sign * middle))).toBe(sign * even);
        expect(float16Value(float16Bits(sign * Math.fround(middle * 0.99 + low * 0.01)))).toBe(sign * low);
        expect(float16Value(float16Bits(sign * Math.fround(middle * 0.99 + high * 0.01)))).toBe(sign * high);
      }),
      { numRuns: 2000 },
    );
  });

  it('is off by half a step at most, for any float', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(value))), -14) - 10);
        expect(Math.abs(float16Value(float16Bits(value)) - value)).toBeLessThanOrEqual(step / 2);
      }),
      { numRuns: 2000 },
    );
  });

  it('knows the ends of its range', () => {
    expect(float16Value(float16Bits(65519.99))).toBe(65504);
    expect(float16Value(float16Bits(65520))).toBe(Number.POSITIVE_INFINITY);
    expect(float16Value(float16Bits(-1e30))).toBe(Number.NEGATIVE_INFINITY);
    expect(float16Value(float16Bits(2 ** -25))).toBe(0);
    expect(float16Value(float16Bits(2 ** -25 * 1.001))).toBe(2 ** -24);
    expect(Object.is(float16Value(float16Bits(-0)), -0)).toBe(true);
  });
});
