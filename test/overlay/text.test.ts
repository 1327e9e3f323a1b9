import { GlobalFonts } from '@napi-rs/canvas';
import { describe, expect, it } from 'vitest';
import { fontFamilies } from '../../src/overlay/fonts.ts';
import { createLru } from '../../src/overlay/lru.ts';
import { fitText, type TextMask, textMask } from '../../src/overlay/text.ts';

const ink = ({ data }: TextMask) => data.reduce((sum, value) => sum + value, 0) / 255;

describe('text', () => {
  it('stands on the baseline, as wide as the pen moves', () => {
    const mask = textMask('cockatoo', 40);
    expect(mask.top + mask.height).toBeGreaterThanOrEqual(0);
    expect(mask.top + mask.height).toBeLessThanOrEqual(2);
    expect(Math.abs(mask.advance - mask.width)).toBeLessThan(8);
    expect(Math.max(...mask.data)).toBe(255);
  });

  it.each(['Ωμέγα Αθήνα', 'Žluťoučký kůň', 'Ёжик в тумане', 'Tiếng Việt'])('draws all of "%s"', (text) => {
    const mask = textMask(text, 30);
    expect(mask.width).toBeGreaterThan(0.85 * mask.advance);
    const words = text.split(' ').reduce((sum, word) => sum + ink(textMask(word, 30)), 0);
    expect(ink(mask)).toBeGreaterThan(0.9 * words);
  });

  it('draws letters of Inter, not the frame of a missing glyph', () => {
    const missing = textMask('\u{10fffd}', 30);
    for (const letter of 'aβЖžữ#%…') expect(textMask(letter, 30).data).not.toEqual(missing.data);
  });

  it('looks for a glyph in all subsets of Inter before the fonts of the system, which may have none', () => {
    const subsets = ['latin', 'latin-ext', 'greek', 'greek-ext', 'cyrillic', 'cyrillic-ext', 'vietnamese'];
    expect(fontFamilies().startsWith(subsets.map((subset) => `"heatbox ${subset}"`).join(', '))).toBe(true);
    for (const subset of subsets) expect(GlobalFonts.has(`heatbox ${subset}`)).toBe(true);
  });

  it('has nothing to draw for nothing', () => {
    for (const text of ['', '   ', '\n\t', '\u0000']) expect(textMask(text, 20)).toMatchObject({ width: 0, height: 0 });
  });

  it('takes a line of any length and kind', () => {
    const endless = textMask('x'.repeat(100_000), 20);
    expect(endless.advance).toBeLessThan(20 * 200);
    expect(() => textMask('\ud800 lone surrogate', 20)).not.toThrow();
    expect(textMask('two\nlines', 20).height).toBeLessThan(30);
  });

  it('shortens with an ellipsis to what fits', () => {
    const name = 'sulphur-crested cockatoo';
    expect(fitText(name, 20, 1000)).toBe(name);
    const short = fitText(name, 20, 120);
    expect(short).toMatch(/^sulphur.*…$/);
    expect(textMask(short, 20).advance).toBeLessThanOrEqual(120);
    expect(fitText(name, 20, 5)).toBe('');
  });

  it('does not cut a letter from its accents', () => {
    const name = 'e\u0301'.repeat(30);
    expect(fitText(name, 20, 100)).toMatch(/^(e\u0301)+…$/u);
  });
});

describe('the cache of masks', () => {
  it('makes each value once and drops what was not used for longest', () => {
    const made: string[] = [];
    const cache = createLru<string>(2);
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) {
      const value = cache.get(key, () => {
        made.push(key);
        return key;
      });
      expect(value).toBe(key);
    }
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });
});
