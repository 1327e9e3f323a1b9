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
    ['http://cam/x?user=admin&password=1#a', 'http://cam/x?user=***&password=***'],
    ['http://cam/x?channel=1&%70wd=a&X-Amz-Signature=b', 'http://cam/x?channel=***&%70wd=***&X-Amz-Signature=***'],
    ['http://cam/x?dG9rZW4=', 'http://cam/x?***'],
    ['http://cam/x#access_token=a', 'http://cam/x#***'],
    ['http://cam/x;pwd=a/b', 'http://cam/x;pwd=***'],
    ['http://cam/x?pwd=se@cret', 'http://***@***'],
    ['rtsp://cam/user=admin_password=X_channel=1_stream=0.sdp', 'rtsp://cam/user=***'],
    ['rtsp://cam/user%3Dadmin', 'rtsp://cam/user%3D***'],
    ['rtsp://cam/live/dXNlcjpwYXNz==', 'rtsp://cam/live/***'],
    ['srt://:9000?passphrase=a&mode=caller', 'srt://:9000?passphrase=***&mode=***'],
    ['rtsp:me:secret@cam/1', 'rtsp:***@cam/1'],
    ['via url=rtsp%3A%2F%2Fme%3Asecret%40cam', 'via url=rtsp%3A%2F%2F***'],
    [String.raw`{"a":"rtsp:\/\/me:secret@cam\/1"}`, String.raw`{"a":"rtsp:\/\/***@cam\/1"}`],
    ['DESCRIBE /user=admin_password=X RTSP/1.0', 'DESCRIBE /user=*** RTSP/1.0'],
    ['GET /cgi?channel=1&loginpas=a HTTP/1.1', 'GET /cgi?channel=***&loginpas=*** HTTP/1.1'],
    ['rtsp://cam/?pwd=a: Invalid data found', 'rtsp://cam/?pwd=***: Invalid data found'],
    ['Authorization: Digest username="a", realm="b", response="c"', 'Authorization: Digest ***'],
    ['sent Digest username="a", response="c"\nnext', 'sent Digest ***\nnext'],
    ['"password": "a b", "size": 3', '"password": "***", "size": 3'],
    ['Cookie: session=a; b=c', 'Cookie: ***'],
    ['basic authentication', 'basic authentication'],
    ['rtsp://cam:554/Streaming/Channels/101', 'rtsp://cam:554/Streaming/Channels/101'],
    ['webcam:/dev/video0?size=640x480&fps=30', 'webcam:/dev/video0?size=640x480&fps=30'],
    ['C:\\clips\\a.mp4 crf=23 keyint=25', 'C:\\clips\\a.mp4 crf=23 keyint=25'],
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

  /** Where cameras and services take secrets in a URL; the name of the parameter is anybody's guess. */
  const name = fc.stringMatching(/^[A-Za-z][\w%.-]{0,12}$/);
  const url = fc.constantFrom(
    (key: string, value: string) => `http://camera.example/x?${key}=${value}`,
    (key: string, value: string) => `https://camera.example/x?channel=1&${key}=${value}&subtype=0`,
    (key: string, value: string) => `rtsp://camera.example:554/x?${value}&${key}=1`,
    (key: string, value: string) =>
      `rtsp://camera.example/user=admin_${key}=${value}_channel=1_stream=0.sdp?real_stream`,
    (key: string, value: string) => `rtsp://camera.example/live;${key}=${value}/1`,
    (key: string, value: string) => `srt://camera.example:9000?mode=caller&${key}=${value}`,
    (key: string, value: string) => `rtsp://me:pw@camera.example/x?${key}=${value}`,
    (key: string, value: string) => `http://camera.example/x#${key}=${value}`,
    (_: string, value: string) => `rtmp://camera.example/x#${value}`,
    (_: string, value: string) => `rtsp://${value}@camera.example/x`,
  );

  test('leaves nothing of a secret in any place of a URL, under any name, in whatever line', () => {
    const runs = fc.property(secret, name, url, line, (value, key, make, write) => {
      const given = encodeCredentials(make(key, `S${value}T`));
      const shown = redact(write(given));
      expect(shown).not.toContain(`S${value}T`);
      expect(shown).not.toContain(`S${encodeURI(Buffer.from(value).toString())}T`);
      expect(shown).not.toContain('pw@');
    });
    fc.assert(runs, { numRuns: 3000 });
  });

  test('leaves a URL without secrets as it is, in whatever line', () => {
    const path = fc.stringMatching(/^(\/[\w.~-]{1,12}){0,4}$/);
    const runs = fc.property(path, fc.constantFrom('rtsp', 'http', 'rtmp'), line, (place, scheme, write) => {
      const text = write(`${scheme}://camera.example:8554${place}`).replaceAll('a@b', 'nobody');
      expect(redact(text)).toBe(text);
    });
    fc.assert(runs, { numRuns: 1000 });
  });

  /** Each would take minutes in quadratic time. */
  test.each(
    [
      'a://',
      '"',
      "'a://'",
      '?a=',
      '&a=',
      '/=',
      'http:',
      'cookie ',
      'x-',
      'digest ',
      '"pass',
      'a://b@/',
      'pass-',
      '[a://]',
      'a:// ',
      'bearer          ',
    ].map((part) => [part]),
  )(
    'takes linear time on two megabytes of %j',
    (part) => {
      const count = Math.ceil(2 ** 21 / part.length);
      expect(redact(part.repeat(count))).not.toContain('\0');
      expect(redact(`http://cam/?a=${part.repeat(count)}`)).toMatch(/^http:/);
    },
    20_000,
  );
});
