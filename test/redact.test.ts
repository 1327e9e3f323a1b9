import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact } from '../src/redact.ts';

describe('redact()', () => {
  test.each([
    ['rtsp://user:p@ss/word@cam/1', 'rtsp://***@cam/1'],
    ["source 'rtsp://u:p@cam/1' failed, mail a@b", "source 'rtsp://***@cam/1' failed, mail a@b"],
    ['{"source":"rtsp://u:p@cam","mail":"a@b"}', '{"source":"rtsp://***@cam","mail":"a@b"}'],
    ['rtsp://u:pa"ss@cam/1', 'rtsp://***@cam/1'],
    ["rtsp://u:p@s's@cam/1", 'rtsp://***@cam/1'],
    ['http://cam/x?user=admin&password=1#a', 'http://cam/x?user=***&password=***#a'],
    ['from rtsp://u:p@a to rtmp://v:q@b', 'from rtsp://***@a to rtmp://***@b'],
    ['Authorization: Bearer abc.def-g', 'Authorization: Bearer ***'],
    ['at file:///a/node_modules/@b/c.js:1:2', 'at file:///a/node_modules/@b/c.js:1:2'],
    ['http://cam/1 has none, nor has a@b', 'http://cam/1 has none, nor has a@b'],
  ])('makes %j into %j', (given, expected) => expect(redact(given)).toBe(expected));

  test('leaves nothing of any password without blanks, whatever signs it has', () => {
    const password = fc.string({ minLength: 4, maxLength: 20 }).filter((text) => !/[\s"'`]|\*/.test(text));
    fc.assert(
      fc.property(password, fc.constantFrom('', ' failed', '" is bad', "', 3 times"), (secret, after) => {
        const shown = redact(`cannot open "rtsp://user:${secret}@camera.example/stream${after}`);
        expect(shown).toBe(`cannot open "rtsp://***@camera.example/stream${after}`);
      }),
    );
  });

  test('is quick on long hostile texts', () => {
    const text = `${'a://'.repeat(5_000)}${'"'.repeat(5_000)}`;
    expect(redact(text).length).toBe(text.length);
  });
});
