import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { firstValueFrom, take, toArray } from 'rxjs';
import { build } from 'vite';
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type ConnectionNotice, eventsUrl } from '../../src/client/events.ts';
import { events } from '../../src/client/node.ts';
import { openLog } from '../../src/events/log/log.ts';
import type { EventOf, HeatboxEvent } from '../../src/protocol/events.ts';
import { syntheticStream } from '../events/support/synthetic.ts';
import { serve } from '../server/support/serve.ts';

const RETRY = { firstMs: 10, longestMs: 50 };

function collect(url: string, options: Parameters<typeof events>[1] = {}) {
  const got: HeatboxEvent[] = [];
  const notices: ConnectionNotice[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of waiting) check();
  };
  const failed = deferred();
  const subscription = events(url, {
    retry: RETRY,
    ...options,
    onNotice: (notice) => {
      notices.push(notice);
      wake();
    },
  }).subscribe({
    next: (event) => {
      got.push(event);
      wake();
    },
    error: failed.resolve,
  });
  onTestFinished(() => subscription.unsubscribe());
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (condition()) resolve();
      };
      waiting.add(check);
      check();
    });
  const types = () => notices.map(({ type }) => type);
  return { got, notices, types, until, failed: failed.promise, subscription };
}

function deferred() {
  let resolve: (value: unknown) => void = () => undefined;
  const promise = new Promise<unknown>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A relay whose connections can be cut, as networks do. */
async function relay(target: string): Promise<{ url: string; cut(): void }> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [a, b] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(a);
      a.pipe(b);
      a.on('error', () => undefined);
      a.on('close', () => {
        b.destroy();
        sockets.delete(a);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe('events()', () => {
  test('types what it emits by the types asked for', async () => {
    const { log, server } = await serve();
    const started = events(server.url, { from: 1, filters: { types: ['track.started'] } });
    const first = firstValueFrom(started);
    for (const draft of syntheticStream().next()) log.publish(draft);
    const event = await first;
    expectTypeOf(event).toEqualTypeOf<EventOf<'track.started'>>();
    expect(event.track).toMatchObject({ id: 1, label: 'tabby' });
  });

  test('connects for each subscriber and is gone when unsubscribed', async () => {
    const { log, server, metrics } = await serve();
    const stream = syntheticStream();
    for (let i = 0; i < 20; i++) for (const draft of stream.next()) log.publish(draft);
    const ten = await firstValueFrom(events(server.url, { from: 1 }).pipe(take(10), toArray()));
    expect(ten.length).toBe(10);
    await expect.poll(async () => (await metrics.clients.connected.get()).values[0]?.value).toBe(0);
  });

  test('goes on after every cut of the line, with each event once and in order', async () => {
    const { log, server } = await serve();
    const line = await relay(server.url);
    const client = collect(line.url, { from: 1, delivery: 'every', filters: { types: ['track.updated', 'frame'] } });
    const stream = syntheticStream();
    for (let round = 0; round < 15; round++) {
      for (let i = 0; i < 30; i++) {
        for (const draft of stream.next()) log.publish(draft);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      line.cut();
    }
    await log.flush();
    const expected: number[] = [];
    for (let seq = 1; seq <= log.newest; seq++) {
      const type = log.get(seq)?.event.type;
      if (type === 'track.updated' || type === 'frame') expected.push(seq);
    }
    await client.until(() => client.got.length >= expected.length);
    expect(client.got.map(({ seq }) => seq)).toEqual(expected);
    expect(client.types().filter((type) => type === 'disconnected').length).toBeGreaterThan(5);
    expect(client.types()).not.toContain('gap');
  });

  test('resumes where it was live though nothing passed its filters', async () => {
    const { log, server } = await serve({ limits: { heartbeatSeconds: 0.3 } }, { memoryBytes: 40_000 });
    const line = await relay(server.url);
    const client = collect(line.url, { filters: { types: ['stream.state'] } });
    await client.until(() => client.types().includes('live'));
    const stream = syntheticStream();
    for (let i = 0; i < 100; i++) {
      for (const draft of stream.next()) log.publish(draft);
      await new Promise(setImmediate);
    }
    await log.flush();
    await client.until(() => client.notices.some((notice) => notice.type === 'live' && notice.seq === log.newest));
    line.cut();
    await client.until(() => client.types().filter((type) => type === 'connected').length === 2);
    for (const draft of stream.end()) log.publish(draft);
    await client.until(() => client.got.length === 1);
    expect(client.types()).not.toContain('gap');
  });

  test('takes everything of a server that started anew without a log, and says so', async () => {
    const first = await openLog();
    const before = await serve({ log: first });
    const client = collect(before.server.url);
    await client.until(() => client.types().includes('live'));
    for (const draft of syntheticStream().next()) first.publish(draft);
    await client.until(() => client.got.length === 2);
    await before.server.close();
    const second = await openLog();
    for (const draft of syntheticStream({ session: 's2' }).next()) second.publish(draft);
    await serve({ log: second, port: Number(new URL(before.server.url).port) });
    await client.until(() => client.got.length === 4);
    expect(client.got.map(({ session, seq }) => [session, seq])).toEqual([
      ['s1', 1],
      ['s1', 2],
      ['s2', 1],
      ['s2', 2],
    ]);
    expect(client.notices).toContainEqual(
      expect.objectContaining({ type: 'gap', reason: 'epoch', epoch: first.epoch }),
    );
  });

  test('drops what comes twice', async () => {
    const [first, second, third] = syntheticStream({ tracks: 3 })
      .next()
      .map((draft, index) => JSON.stringify({ v: 1, seq: index + 1, time: '2026-01-01T00:00:00.000Z', ...draft })) as [
      string,
      string,
      string,
    ];
    const client = collect(await pretend(60, [first, second, first, second, third, third]));
    await client.until(() => client.got.length === 3);
    expect(client.got.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  test('notices a server that went silent without closing', async () => {
    const client = collect(await pretend(0.05, []));
    await client.until(() => client.types().includes('disconnected'));
    expect(client.notices).toContainEqual(
      expect.objectContaining({ type: 'disconnected', reason: 'the server went silent' }),
    );
  });

  test('waits longer after each failure, within its bound, never in step', async () => {
    const nobody = await relay('http://127.0.0.1:9');
    const client = collect(nobody.url, { retry: { firstMs: 8, longestMs: 64 } });
    await client.until(() => client.notices.length >= 8);
    const pauses = client.notices.map((notice) => (notice.type === 'disconnected' ? notice.retryMs : 0));
    for (const [attempt, pause] of pauses.entries()) {
      const most = Math.min(8 * 2 ** attempt, 64);
      expect(pause).toBeGreaterThanOrEqual(most / 2 - 1);
      expect(pause).toBeLessThanOrEqual(most);
    }
  });

  test('gives up where trying again is useless', async () => {
    const { server } = await serve({ token: 'right' });
    const refused = await collect(server.url, { token: 'wrong' }).failed;
    expect(refused).toMatchObject({
      code: 'CLIENT_REFUSED',
      message: expect.stringContaining('A valid token is required'),
    });
    const mistaken = await collect(server.url, { token: 'right', filters: { minScore: 7 } as never }).failed;
    expect(mistaken).toMatchObject({ code: 'CLIENT_REFUSED', message: expect.stringContaining('filters.minScore') });
  });

  test.each([403, 404, 401, 502])(
    'tries again when a proxy answers %i while the server is replaced',
    async (status) => {
      const { server } = await serve();
      let answers = 0;
      const proxy = createHttpServer((_, response) => response.writeHead(status).end());
      proxy.on('upgrade', (request, near, head) => {
        if (++answers <= 3) {
          near.end(`HTTP/1.1 ${status} Deploying\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
          return;
        }
        const far = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
          const headers = request.rawHeaders.map((text, index) => (index % 2 ? `${text}\r\n` : `${text}: `)).join('');
          far.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers}\r\n`);
          far.write(head);
          far.pipe(near);
          near.pipe(far);
        });
        for (const socket of [near, far]) socket.on('error', () => undefined);
        near.on('close', () => far.destroy());
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void proxy.close());
      const client = collect(`http://127.0.0.1:${(proxy.address() as { port: number }).port}`);
      await client.until(() => client.types().includes('live'));
      const why = client.notices.flatMap((notice) => (notice.type === 'disconnected' ? [notice.reason] : []));
      expect(why).toHaveLength(3);
      for (const reason of why) expect(reason).toContain(`answers ${status} Deploying`);
    },
  );

  test.each(['no subscription', 'too many control frames'])(
    'tries again after a close with 1008 "%s", as follows a stall of the line',
    async (reason) => {
      const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
      server.on('connection', (socket) => socket.close(1008, reason));
      await new Promise((resolve) => server.on('listening', resolve));
      onTestFinished(() => server.close());
      const client = collect(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
      await client.until(() => client.types().filter((type) => type === 'disconnected').length >= 3);
      client.subscription.unsubscribe();
    },
  );

  test.each([
    ['an event without a time', '{"type":"frame","seq":1,"stream":"a","session":"b","pts":1,"tracks":[]}', 'time'],
    ['an event whose number is none', '{"type":"frame","seq":"1"}', 'seq'],
    ['a notice without words', '{"type":"notice","code":"x"}', 'message'],
  ])('says that a server sends %s', async (_, text, field) => {
    expect(await collect(await pretend(60, [text])).failed).toMatchObject({
      code: 'CLIENT_PROTOCOL',
      message: expect.stringContaining(field),
    });
  });

  test('shows its token to a server that wants one', async () => {
    const { server } = await serve({ token: 'tök/en+=' });
    const client = collect(server.url, { token: 'tök/en+=' });
    await client.until(() => client.types().includes('live'));
  });
});

describe('eventsUrl()', () => {
  test.each([
    ['http://h:1', 'ws://h:1/v1/events'],
    ['https://h', 'wss://h/v1/events'],
    ['ws://h/heatbox/v1/events#x', 'ws://h/heatbox/v1/events'],
  ])('makes %s into %s', (given, expected) => expect(eventsUrl(given)).toBe(expected));

  test.each(['', 'ftp://h', 'localhost:8080', 'http://user:p@ss:word'])('refuses %j without repeating it', (given) => {
    expect(() => eventsUrl(given)).toThrowError(expect.objectContaining({ code: 'CLIENT_URL' }));
    expect(() => eventsUrl(given)).not.toThrowError(/p@ss/);
  });
});

describe('the browser build', () => {
  test('needs neither ws nor zod nor anything of Node', async () => {
    const result = await build({
      configFile: false,
      logLevel: 'silent',
      build: {
        write: false,
        minify: true,
        lib: { entry: 'src/client/browser.ts', formats: ['es'] },
        rollupOptions: { external: ['rxjs'] },
      },
    });
    const [output] = (Array.isArray(result) ? result : [result]) as unknown as [{ output: { code: string }[] }];
    const code = output.output[0]?.code as string;
    expect(code.match(/from ["'].*?["']/g)).toEqual(['from "rxjs"']);
    expect(code).not.toMatch(/require\(|zod|node:/);
    expect(code.length).toBeLessThan(7_000);
  });
});

/** A server that says hello, these messages, and then nothing, as one whose machine was unplugged. */
async function pretend(heartbeat: number, messages: readonly string[]): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong: false });
  server.on('connection', (socket) => {
    const hello = { type: 'hello', v: 1, server: 's', epoch: 'e', streams: [], oldest: 1, newest: 0, heartbeat };
    socket.send(JSON.stringify(hello));
    for (const message of messages) socket.send(message);
  });
  await new Promise((resolve) => server.on('listening', resolve));
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
