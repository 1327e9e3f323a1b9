import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get, type IncomingMessage, request } from 'node:http';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cropPath, cropStore } from '../../../src/events/crop-store.ts';
import { openLog } from '../../../src/events/log/log.ts';
import { createLogger } from '../../../src/server/logger.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import { startServer } from '../../../src/server/server.ts';
import { syntheticStream } from '../../events/support/synthetic.ts';
import { missing } from '../../support/tools.ts';
import { connect, serve } from '../support/serve.ts';

const TOKEN = 'a good long token';

function protocolToken(token: string): string {
  return `heatbox.token.${Buffer.from(token).toString('base64url')}`;
}

/** The status of a request whose path is sent exactly as given. */
function status(url: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers, method, agent: false }, (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('with a token', () => {
  test.each([
    ['no token', {}, 'HTTP 401'],
    ['a wrong token', { headers: { authorization: 'Bearer wrong' } }, 'HTTP 401'],
    ['the beginning of the token', { headers: { authorization: `Bearer ${TOKEN.slice(0, -1)}` } }, 'HTTP 401'],
    ['the token in another scheme', { headers: { authorization: `Basic ${TOKEN}` } }, 'HTTP 401'],
  ])('%s is refused', async (_, options, expected) => {
    const { wsUrl, metrics } = await serve({ token: 'secret-token' });
    await expect(connect(wsUrl, options)).rejects.toThrow(expected);
    expect((await metrics.clients.refused.get()).values).toEqual([{ labels: { status: 401 }, value: 1 }]);
  });

  test('the token lets in, from a header or from a subprotocol', async () => {
    const { server, wsUrl } = await serve({ token: 'tök+en/with=signs' });
    await expect(connect(wsUrl, { headers: { authorization: 'Bearer dG9' } })).rejects.toThrow('401');
    const { WebSocket } = await import('ws');
    for (const [token, expected] of [
      ['tök+en/with=signs', 'open'],
      ['other', 'error'],
    ] as const) {
      const socket = new WebSocket(wsUrl, ['heatbox.v1', protocolToken(token)]);
      const outcome = await new Promise((resolve) => {
        socket.on('open', () => resolve('open'));
        socket.on('error', () => resolve('error'));
      });
      expect(outcome).toBe(expected);
      if (outcome === 'open') expect(socket.protocol).toBe('heatbox.v1');
      socket.terminate();
    }
    expect(await status(server.url, '/metrics')).toBe(401);
  });

  test('metrics, the schema and crops want it too; health does not', async () => {
    const crops = cropStore(1000);
    const key = { stream: 'door', session: 's 1', track: 3 };
    crops.put(key, Buffer.from('jpeg'));
    const { server } = await serve({ token: 'secret-token', crops });
    for (const path of ['/metrics', '/v1/schema.json', `/${cropPath(key)}`, '/nowhere']) {
      expect([path, await status(server.url, path)]).toEqual([path, 401]);
    }
    const headers = { authorization: 'Bearer secret-token' };
    for (const path of ['/metrics', '/v1/schema.json', `/${cropPath(key)}`]) {
      expect([path, await status(server.url, path, headers)]).toEqual([path, 200]);
    }
    expect(await status(server.url, '/healthz')).toBe(200);
    expect(await status(server.url, '/readyz')).toBe(200);
  });
});

describe('without a token', () => {
  test.each(['0.0.0.0', '::', '192.0.2.1', os.hostname()])('does not listen on %s', async (host) => {
    const log = await openLog();
    const options = { log, streams: [], host, port: 0, logger: createLogger('silent'), metrics: createMetrics() };
    await expect(startServer(options)).rejects.toMatchObject({ code: 'SERVER_INSECURE', kind: 'usage' });
    await log.close();
  });

  test('listens everywhere if that is said in so many words', async () => {
    const { server } = await serve({ host: '0.0.0.0', insecure: true });
    expect(server.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
  });

  test.each([
    ['the machine itself', '127.0.0.1:PORT', 200],
    ['localhost', 'localhost:PORT', 200],
    ['an address', '[::1]:PORT', 200],
    ['a foreign name that points here', 'attacker.example:PORT', 403],
    ['a name and a password', 'a@127.0.0.1', 403],
  ])('is asked for as %s', async (_, host, expected) => {
    const { server } = await serve();
    const { port } = new URL(server.url);
    expect(await status(server.url, '/metrics', { host: host.replace('PORT', port) })).toBe(expected);
  });
});

describe('the origin of a page', () => {
  test.each([
    ['none, as no browser sends', undefined, true],
    ['the server itself', 'SELF', true],
    ['one that was allowed', 'https://allowed.example', true],
    ['another', 'https://attacker.example', false],
    ['an allowed one with another port', 'https://allowed.example:444', false],
    ['one that only begins like an allowed one', 'https://allowed.example.attacker.example', false],
    ['an opaque one', 'null', false],
  ])('%s', async (_, origin, isAllowed) => {
    const { server, wsUrl } = await serve({ origins: ['https://allowed.example'] });
    const headers: Record<string, string> = origin === undefined ? {} : { origin: origin.replace('SELF', server.url) };
    const connecting = connect(wsUrl, { headers });
    if (isAllowed) await connecting;
    else await expect(connecting).rejects.toThrow('HTTP 403');
    expect(await status(server.url, '/metrics', headers)).toBe(isAllowed ? 200 : 403);
  });
});

describe('nothing else is to be had', () => {
  test.each([
    '/../../etc/passwd',
    '/v1/../../../etc/passwd',
    '/v1/streams/..%2f..%2f..%2fetc/sessions/x/tracks/passwd/crop.jpg',
    '/v1/streams/door/sessions/%2e%2e/tracks/NaN/crop.jpg',
    '//etc/passwd',
    '/%00',
    '/package.json',
  ])('%s', async (path) => {
    const { server } = await serve({ crops: cropStore(1000) });
    expect(await status(server.url, path)).toBe(404);
  });

  test('a malformed path, another method, a large body', async () => {
    const { server } = await serve();
    expect(await status(server.url, '/%zz')).toBe(400);
    expect(await status(server.url, '/metrics', {}, 'DELETE')).toBe(404);
    const answer = await fetch(`${server.url}/metrics`, { method: 'POST', body: 'x'.repeat(1e6) }).catch(
      () => undefined,
    );
    expect(answer?.status ?? 413).toBeGreaterThanOrEqual(400);
    expect(await status(server.url, '/healthz')).toBe(200);
  });

  test('a WebSocket at another path', async () => {
    const { wsUrl } = await serve();
    await expect(connect(wsUrl.replace('/v1/events', '/v2/events'))).rejects.toThrow('HTTP 404');
  });

  test('three mistakes close the connection', async () => {
    const { wsUrl } = await serve();
    const client = await connect(wsUrl);
    client.send('{"type":"open","source":"rtsp://inside/1"}');
    client.send('{"type":"subscribe","source":"file:///etc/passwd"}');
    client.send(Buffer.from([1, 2, 3]));
    expect(await client.closed).toEqual({ code: 1008, reason: 'too many errors' });
    expect(client.of('error').map(({ code }) => code)).toEqual(['bad-message', 'bad-message', 'binary']);
    expect(client.of('error')[1]?.message).toContain('source');
  });
});

describe('the credentials of a source', () => {
  test('are nowhere: not in logs, events, metrics or errors', async () => {
    const secret = 'p@ss/word';
    const source = `rtsp://user:${secret}@camera.example/1`;
    const lines: string[] = [];
    const logger = createLogger('trace', { write: (line) => void lines.push(line) });
    const { log, server, wsUrl } = await serve({ logger });
    logger.error(new Error(`cannot open ${source}: Connection refused`), `stream failed: ${source}`);
    logger.warn({ source, nested: { url: source }, list: [source] }, 'retrying %s', source);
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', from: 1 });
    log.publish({
      stream: 'door',
      session: 's1',
      type: 'stream.state',
      pts: null,
      ptsUs: null,
      state: 'failed',
      reason: `cannot open ${source}: Connection refused`,
    });
    await client.heard('stream.state');
    client.send(`{"type":"subscribe","${source}":1}`);
    await client.heard('error');
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const missing = await (await fetch(`${server.url}/${encodeURIComponent(source)}`)).text();
    const all = [lines.join(''), JSON.stringify(client.messages), metrics, missing].join('\n');
    expect(all).toContain('camera.example');
    expect(all).not.toMatch(/p@ss|word@|user:/);
  });
});

describe('TLS', () => {
  test.skipIf(missing('openssl', 'version'))(
    'serves with a certificate and its key, and says when they are none',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'heatbox-tls-'));
      try {
        const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
        const subject = ['-subj', '/CN=localhost', '-days', '2', '-nodes'];
        execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject], {
          stdio: 'ignore',
        });
        const tls = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
        const { log, server, wsUrl } = await serve({ tls, token: 'secret-token' });
        expect(server.url).toMatch(/^https:/);
        const headers = { authorization: 'Bearer secret-token' };
        const client = await connect(wsUrl, { ca: tls.cert, rejectUnauthorized: false, headers });
        client.send({ type: 'subscribe' });
        await client.heard('live');
        for (const draft of syntheticStream().next()) log.publish(draft);
        await client.heard('track.started', 2);
        await expect(serve({ tls: { ...tls, key: 'no key' } })).rejects.toMatchObject({ code: 'SERVER_TLS' });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

test('a port that is taken is said to be', async () => {
  const { server } = await serve();
  const port = Number(new URL(server.url).port);
  await expect(serve({ port })).rejects.toMatchObject({ code: 'SERVER_LISTEN', kind: 'usage' });
  get(server.url).on('error', () => undefined);
});
