import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visible, visibleLines } from '../../src/text/visible.ts';

describe('visible()', () => {
  test.each([
    ['a\x1b[2Jb', String.raw`a\u001b[2Jb`],
    ['\x1b]0;title\x07', String.raw`\u001b]0;title\u0007`],
    ['\x9b31m', String.raw`\u009b31m`],
    ['a\r\nb\tc\x7f', String.raw`a\u000d\u000ab\u0009c\u007f`],
    ['gpj.\u202eexe', String.raw`gpj.\u202eexe`],
    ['a\u2028b\u2066c\ufeff', String.raw`a\u2028b\u2066c\ufeff`],
    ['\u{e0041}', String.raw`\udb40\udc41`],
    ['héron cendré 鷺 👨‍👩‍👧 نمی‌دانم', 'héron cendré 鷺 👨‍👩‍👧 نمی‌دانم'],
  ])('makes %j into %j', (given, expected) => expect(visible(given)).toBe(expected));

  const hostile = fc.string({
    unit: fc.oneof(fc.constantFrom(...'\x00\x07\x08\n\r\t\x1b[]\x7f\x85\x9b\x9d\u202e\u2067\u2029"\\'), fc.string()),
  });

  test('leaves no control and no override in any text, and nothing to escape the second time', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = visible(text);
        expect(shown).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\u2028|\u2029/u);
        expect(visible(shown)).toBe(shown);
        expect(visibleLines(text).replace(/[\n\t]/g, '')).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
      }),
    );
  });

  test('leaves JSON the same data', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const data = { [text]: [text] };
        expect(JSON.parse(visible(JSON.stringify(data)))).toEqual(data);
        expect(JSON.parse(visibleLines(JSON.stringify(data, null, 2)))).toEqual(data);
      }),
    );
  });
});
