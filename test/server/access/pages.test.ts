import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { cropPath, cropStore } from '../../../src/events/crop-store.ts';
import { serve } from '../support/serve.ts';

const ALLOWED = 'https://allowed.example';
const crops = cropStore(1000);
const key = { stream: 'door', session: 's1', track: 3 };
crops.put(key, Buffer.from('jpeg'));
const CROP = `/${cropPath(key)}`;

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
}

/** Sent as a browser would, which `fetch` here does not let one do. */
function ask(url: string, path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(new URL(path, url), { headers, method, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    })
      .on('error', reject)
      .end();
  });
}

describe('a page of another site', () => {
  test.each([
    ['an image', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, 403],
    ['an image of another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['a frame', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 403],
    ['a link', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 200],
    ['an image of an allowed one', { 'sec-fetch-site': 'cross-site', referer: `${ALLOWED}/x` }, 200],
    ['an image of the page itself', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors' }, 200],
    ['what a person types', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 200],
  ])('embeds pictures of a server without a token: %s', async (_, headers, expected) => {
    const { server } = await serve({ crops, origins: [ALLOWED] });
    const { status } = await ask(server.url, CROP, headers as Record<string, string>);
    expect(status).toBe(expected);
  });

  test('is kept by its browser from embedding answers and from framing the viewer', async () => {
    const { server } = await serve({ crops, viewer: 'web-viewer' });
    for (const path of [CROP, '/', '/v1/schema.json', '/nowhere']) {
      const { headers } = await ask(server.url, path, {});
      expect(headers).toMatchObject({
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': expect.stringContaining("frame-ancestors 'self'"),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('may use every answer if its origin is allowed', async () => {
    const { server } = await serve({ crops, viewer: 'web-viewer', origins: [ALLOWED], token: 'secret-token' });
    const headers = { origin: ALLOWED, 'sec-fetch-site': 'cross-site', authorization: 'Bearer secret-token' };
    for (const path of [CROP, '/vite.config.js', '/index.html', '/v1/schema.json', '/metrics', '/nowhere']) {
      const { headers: answer } = await ask(server.url, path, headers);
      expect([path, answer]).toMatchObject([
        path,
        {
          'access-control-allow-origin': ALLOWED,
          'cross-origin-resource-policy': 'cross-origin',
          'content-security-policy': expect.stringContaining(`frame-ancestors 'self' ${ALLOWED}`),
          vary: expect.stringContaining('Origin'),
        },
      ]);
      expect(answer['x-frame-options']).toBeUndefined();
    }
  });

  test.each([
    ['an allowed one', ALLOWED, 204, ALLOWED],
    ['another', 'https://attacker.example', 403, undefined],
  ])('asks first whether it may show a token: %s', async (_, origin, status, allowed) => {
    const { server } = await serve({ crops, origins: [ALLOWED], token: 'secret-token' });
    const headers = {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
      'access-control-request-private-network': 'true',
    };
    const answer = await ask(server.url, CROP, headers, 'OPTIONS');
    expect(answer.status).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBe(allowed);
    if (!allowed) return;
    expect(answer.headers['access-control-allow-headers']).toContain('authorization');
    expect(answer.headers['access-control-allow-private-network']).toBe('true');
  });
});
