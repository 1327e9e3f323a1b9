import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact } from '../../src/text/redact.ts';
import { encodeCredentials } from '../../src/text/url-credentials.ts';

describe('redact()', () => {
  test.each([
    ['rtsp://user:p@ss/word@cam/1', 'rtsp://***@cam/1'],
    ["source 'rtsp://u:p@cam/1' failed, mail a@b", "source 'rtsp://***@cam/1' failed, mail a@b"],
    ['rtsp://u:p",ss@cam/1', 'rtsp://***@cam/1'],
    ['rtsp://u:pa"ss@cam/1', 'rtsp://***@cam/1'],
    ["rtsp://u:p@s's@cam/1", 'rtsp://***@cam/1'],
    ['http://cam/x?user=admin&password=1#a', 'http://cam/x?user=***&password=***#a'],
    ['from rtsp://u:p@a to rtmp://v:q@b', 'from rtsp://***@a to rtmp://***@b'],
    ['"http://cam/x?pwd=1",2": refused', '"http://cam/x?pwd=***": refused'],
    ['Authorization: Bearer abc.def-g', 'Authorization: Bearer ***'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic ***'],
    ['at file:///a/node_modules/@b/c.js:1:2', 'at file:///a/node_modules/@b/c.js:1:2'],
    ['http://cam/1 has none, nor has a@b', 'http://cam/1 has none, nor has a@b'],
  ])('makes %j into %j', (given, expected) => expect(redact(given)).toBe(expected));

  /** What FFmpeg, heatbox and other programs write around a URL. */
  const line = fc.constantFrom(
    (url: string) => url,
    (url: string) => `[tcp @ 0x55d0c8a0] Connection to ${url} failed: Connection refused`,
    (url: string) => `${url}: Invalid data found when processing input`,
    (url: string) => `Input #0, rtsp, from '${url}':`,
    (url: string) => `[hls @ 0x7f00] Opening '${url}' for reading, mail a@b`,
    (url: string) => `cannot open "${url}", 3 times (see "${url}").`,
    (url: string) => JSON.stringify({ source: url, mail: 'a@b' }),
    (url: string) => `lost\t${url}\nlost\t${url}\n`,
  );
  const secret = fc.oneof(
    fc.string({ minLength: 6, maxLength: 24 }),
    fc.string({ minLength: 6, maxLength: 24, unit: 'grapheme' }),
    fc.string({ minLength: 6, maxLength: 24, unit: fc.constantFrom(...'"\'`@/\\:,;.)]}>?#& aZ9') }),
  );
  const paths = fc.constantFrom('', '/', '/stream', '/live/1?x=y#z', ':8554/a@b');

  test('leaves nothing of any password that the program takes in, in whatever line', () => {
    const runs = fc.property(secret, line, paths, (password, write, path) => {
      const url = encodeCredentials(`rtsp://me:${password}@camera.example${path}`);
      const shown = redact(write(url));
      expect(shown).not.toContain(password);
      expect(shown).not.toContain(new URL(url.replace('rtsp', 'http')).password);
      expect(shown).not.toContain('me:');
      expect(shown).toContain('rtsp://***@');
    });
    fc.assert(runs, { numRuns: 2000 });
  });

  test('leaves nothing of any raw password without blanks, in whatever line', () => {
    const runs = fc.property(secret, line, paths, (given, write, path) => {
      const password = given.replace(/\s/g, '_');
      const shown = redact(write(`rtsp://me:${password}@camera.example${path}`));
      expect(shown).not.toContain(password);
      expect(shown).not.toContain('me:');
      expect(shown).toContain('rtsp://***@');
    });
    fc.assert(runs, { numRuns: 2000 });
  });

  test.each([
    ['schemes', 'a://'],
    ['schemes apart', 'a:// '],
    ['quotes after a scheme', '"', 'a://'],
    ['signs of user names', '@', 'a:/'],
    ['blanks after a word', ' ', 'bearer'],
    ['parameters', '?key='],
    ['quotes after a parameter', '"', '?key='],
  ])('takes no quadratic time on a long text of %s', (_what, piece, before = '') => {
    const text = before + piece.repeat(300_000);
    const began = performance.now();
    redact(text);
    // Linear time is milliseconds, quadratic time is minutes.
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
