import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeChip, setChip } from '../../src/overlay/chips.ts';
import { textMask } from '../../src/overlay/text.ts';

const cockatoo = { label: 'sulphur-crested cockatoo', score: 0.974, id: 3 };
const masks = (...texts: string[]) => texts.map((text) => textMask(text, 20));

describe('setting a label', () => {
  it('shows name, score in per cent and id, the name strongest', () => {
    const chip = setChip(cockatoo, 20, 1000);
    expect(chip.pieces.map(({ mask }) => mask)).toEqual(masks('sulphur-crested cockatoo', '97%', '#3'));
    expect(chip.pieces.map(({ strong }) => strong)).toEqual([true, false, false]);
  });

  it('has no id where there are no tracks, and no score that is not a number', () => {
    expect(setChip({ label: 'cat', score: 1 }, 20, 1000).pieces.map(({ mask }) => mask)).toEqual(masks('cat', '100%'));
    expect(setChip({ label: 'cat', score: Number.NaN }, 20, 1000).pieces.map(({ mask }) => mask)).toEqual(masks('cat'));
  });

  it('shortens the name, then drops the id, then the score, as room gets scarce', () => {
    const count = (width: number) => setChip(cockatoo, 20, width).pieces.length;
    expect([1000, 220, 150, 70].map(count)).toEqual([3, 3, 2, 1]);
  });

  it('never is wider than allowed, its text inside', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 400 }), (label, width) => {
        const chip = setChip({ ...cockatoo, label }, 14, width);
        expect(chip.width).toBeLessThanOrEqual(width);
      }),
      { numRuns: 50 },
    );
  });
});

describe('placing a label', () => {
  const chip = setChip(cockatoo, 20, 640);
  const place = (
    left: number,
    top: number,
    right: number,
    bottom: number,
    taken: Parameters<typeof placeChip>[4] = [],
  ) => placeChip(chip, { left, top, right, bottom }, 640, 360, taken);

  it('stands on the box, flush with its left side', () => {
    expect(place(100, 100, 400, 300)).toMatchObject({ left: 100, bottom: 100 });
  });

  it('slides into a box that reaches the top, and stays inside at the right', () => {
    expect(place(100, 10, 400, 300).top).toBe(0);
    expect(place(600, 100, 640, 300)).toMatchObject({ right: 640, bottom: 100 });
  });

  it('keeps clear of another label', () => {
    const first = place(100, 100, 400, 300);
    const second = place(110, 105, 410, 305, [first]);
    expect(second.top >= first.bottom || second.left >= first.right).toBe(true);
  });

  it('is inside the picture for any box', () => {
    const number = fc.integer({ min: -2000, max: 2000 });
    fc.assert(
      fc.property(number, number, number, number, (a, b, c, d) => {
        const area = place(Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d));
        expect(area.left).toBeGreaterThanOrEqual(0);
        expect(area.top).toBeGreaterThanOrEqual(0);
        expect(area.right).toBeLessThanOrEqual(640);
        expect(area.bottom).toBeLessThanOrEqual(360);
        expect(area.right - area.left).toBe(chip.width);
      }),
    );
  });
});
