import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkInputSize, chooseInputSize, loadModel, parseInputSize } from '../../src/model/index.ts';

const model = await loadModel();

describe('the input size for a frame', () => {
  it.each([
    [1, 1, 224, 224],
    [1280, 720, 288, 160],
    [720, 1280, 160, 288],
    [640, 480, 256, 192],
    [320, 240, 256, 192],
    [854, 480, 288, 160],
    [3, 2, 288, 192],
    [1920, 960, 320, 160],
    [2000, 500, 480, 128],
  ])('%ix%i is %ix%i', (width, height, inputWidth, inputHeight) => {
    expect(chooseInputSize({ width, height }, model)).toEqual({ width: inputWidth, height: inputHeight });
  });

  it('is one the network takes, turns with the frame, and depends on its shape alone', () => {
    const side = fc.integer({ min: 1, max: 8192 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const size = chooseInputSize({ width, height }, model);
        expect(parseInputSize(`${size.width}x${size.height}`)).toEqual(size);
        expect(checkInputSize(size, model)).toEqual(size);
        expect(chooseInputSize({ width: width * 2, height: height * 2 }, model)).toEqual(size);
      }),
      { numRuns: 50 },
    );
  });

  it('stays near the frame in aspect and near 224x224 in pixels for every usual frame', () => {
    fc.assert(
      fc.property(fc.double({ min: 9 / 21, max: 21 / 9, noNaN: true }), (aspect) => {
        const { width, height } = chooseInputSize({ width: 1000 * aspect, height: 1000 }, model);
        expect(Math.abs(Math.log(width / height / aspect))).toBeLessThan(Math.log(1.15));
        expect(Math.abs(Math.log((width * height) / 50176))).toBeLessThan(Math.log(1.35));
      }),
    );
  });
});

describe('an input size a user writes', () => {
  it.each(['384x224', '384X224', ' 384 x 224 ', '384×224'])('"%s" is 384 by 224', (text) => {
    expect(parseInputSize(text)).toEqual({ width: 384, height: 224 });
  });

  it.each(['', '384', 'abc', '-32x32', '384x224x2', '38.4x224', '384x', 'x224', '3e2x224'])(
    '"%s" is not a size',
    (text) => {
      expect(() => parseInputSize(text)).toThrow(
        expect.objectContaining({
          code: 'BAD_INPUT_SIZE',
          kind: 'usage',
          value: text,
          hint: expect.stringContaining('384x224'),
        }),
      );
    },
  );

  it.each([
    ['100x224', '96x224'],
    ['0x0', '32x32'],
    ['99999x32', '2048x32'],
    ['1x4000', '32x2048'],
  ])('%s does not fit, and the nearest is named', (text, nearest) => {
    expect(() => checkInputSize(parseInputSize(text), model)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT_SIZE', hint: `The nearest size is ${nearest}.` }),
    );
  });

  it('that is no number is refused with a hint that helps', () => {
    const size = { width: Number.NaN, height: 32 };
    expect(() => checkInputSize(size, model)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT_SIZE', hint: expect.stringContaining('384x224') }),
    );
  });

  it('is twice as large for an accurate run', () => {
    const display = { width: 1280, height: 720 };
    expect(chooseInputSize(display, model, 'accurate')).toEqual({ width: 416, height: 224 });
    expect(chooseInputSize(display, model, 'balanced')).toEqual(chooseInputSize(display, model));
    expect(() => chooseInputSize(display, model, 'best' as 'fast')).toThrow(/accuracy must be one of fast, balanced/);
  });
});
