import { readdirSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { syntheticStream } from '../events/support/synthetic.ts';
import { connect, type Served, serve } from './support/serve.ts';

const LIMITS = { patienceSeconds: 1, heartbeatSeconds: 1 };
const UPGRADE = [
  'GET /v1/events HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

const hasProc = process.platform === 'linux';
if (!hasProc) console.warn('skipping the count of descriptors: there is no /proc');
const descriptors = () => (hasProc ? readdirSync('/proc/self/fd').length : 0);

/** Runs an attack beside a well-behaved client, and makes sure that the server and the client are none the worse. */
async function survives(attack: (served: Served) => Promise<void>, limits = {}): Promise<void> {
  const served = await serve({ limits: { ...LIMITS, ...limits } });
  const bystander = await connect(served.wsUrl);
  bystander.send({ type: 'subscribe', delivery: 'every' });
  await bystander.heard('live');
  const before = descriptors();
  const stream = syntheticStream();
  const publish = () => {
    for (const draft of stream.next()) served.log.publish(draft);
  };
  // An attack may be over before the clock has ticked once.
  publish();
  const publishing = setInterval(publish, 10);
  try {
    await attack(served);
  } finally {
    clearInterval(publishing);
  }
  publish();
  await served.log.flush();
  const expected: number[] = [];
  for (let seq = 1; seq <= served.log.newest; seq++)
    if (served.log.get(seq)?.event.type !== 'frame') expected.push(seq);
  expect(expected.length).toBeGreaterThan(0);
  await bystander.until(() => bystander.last() === expected.at(-1));
  expect(bystander.seqs()).toEqual(expected);
  expect(bystander.of('error')).toEqual([]);
  const answer = await fetch(`${served.server.url}/healthz`, { headers: { connection: 'close' } });
  expect(answer.status).toBe(200);
  await expect.poll(descriptors, { timeout: 10_000 }).toBeLessThanOrEqual(before);
  expect(served.logged()).not.toMatch(/"level":(50|60)/);
}

function tcp(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.resume();
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Sends bytes and ends its half of the connection: the server has read all of them when it closes the other half. */
async function send(url: string, ...parts: (string | Uint8Array)[]): Promise<void> {
  const socket = tcp(url);
  const gone = new Promise((resolve) => socket.on('close', resolve));
  for (const part of parts) socket.write(part);
  socket.end();
  await gone;
}

/** Sends messages over a WebSocket and returns the code it is closed with. */
async function shout(url: string, ...messages: (string | Uint8Array)[]): Promise<number> {
  return say(url, 20_000, ...messages);
}

/** The same, with 0 for one that is still open after a while. */
async function say(url: string, patience: number, ...messages: (string | Uint8Array)[]): Promise<number> {
  const socket = new WebSocket(url);
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.on('open', resolve));
  for (const message of messages) socket.send(message);
  let late: NodeJS.Timeout | undefined;
  const open = new Promise<number>((resolve) => {
    late = setTimeout(resolve, patience, 0);
  });
  const code = await Promise.race([closed, open]);
  clearTimeout(late);
  socket.terminate();
  await closed;
  return code;
}

describe('the server and its other clients survive', () => {
  test('random bytes instead of HTTP', () =>
    survives(async ({ server }) => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), (bytes) => send(server.url, bytes)),
        { numRuns: 60 },
      );
    }));

  test('random bytes instead of frames', () =>
    survives(async ({ server }) => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), (bytes) => send(server.url, UPGRADE, bytes)),
        { numRuns: 60 },
      );
    }));

  test('random texts and random JSON', () =>
    survives(async ({ wsUrl }) => {
      const message = fc.oneof(fc.string({ maxLength: 500 }), fc.json(), fc.uint8Array({ maxLength: 500 }));
      await fc.assert(
        fc.asyncProperty(fc.array(message, { minLength: 3, maxLength: 6 }), async (messages) => {
          expect(await shout(wsUrl, ...messages)).toBe(1008);
        }),
        { numRuns: 60 },
      );
    }));

  test('subscriptions with a wrong value, or a field too many, in any place', () =>
    survives(async ({ wsUrl }) => {
      const any = fc.jsonValue();
      const noNumber = (least: number, most: number) =>
        fc.oneof(
          any.filter((value) => typeof value !== 'number' || value < least || value > most),
          fc.constantFrom<unknown>(-1, 1e300),
        );
      const noList = fc.oneof(
        any.filter((value) => !Array.isArray(value) || value.some((one) => typeof one !== 'string')),
        fc.constantFrom<unknown>([], '', '__proto__', '../..', [''], Array(1000).fill('a')),
      );
      const unit = fc.double({ min: 0, max: 1, noNaN: true });
      const wrong: Record<string, fc.Arbitrary<unknown>> = {
        streams: fc.oneof(noList, fc.constantFrom(['../..'], ['file:///etc/passwd'])),
        types: fc.oneof(noList, fc.constantFrom(['hello'], ['__proto__'])),
        labels: noList,
        minScore: noNumber(0, 1),
        maxRate: fc.oneof(noNumber(0, 1000), fc.constant(0)),
        region: fc.oneof(
          any.filter((value) => !Array.isArray(value) || value.length !== 4),
          fc.tuple(unit, unit, unit).map(([x, y, bottom]) => [x, y, x, bottom]),
          fc.constantFrom<unknown>([0, 0, 1], [0, 0, 1, 2], [0, 0, 1, '1']),
        ),
        source: any,
        constructor: any,
        ['__proto__']: any,
      };
      const filters = fc.constantFrom(...Object.keys(wrong)).chain((name) =>
        wrong[name]!.map((value) => ({
          type: 'subscribe',
          filters: { minScore: 0.5, ...Object.fromEntries([[name, value]]) },
        })),
      );
      const outside = fc.oneof(
        noNumber(1, Number.MAX_SAFE_INTEGER).map((from) => ({ type: 'subscribe', from })),
        any.filter((value) => typeof value !== 'string').map((epoch) => ({ type: 'subscribe', epoch })),
        any
          .filter((value) => value !== 'latest' && value !== 'every')
          .map((delivery) => ({ type: 'subscribe', delivery })),
        any.map((more) => ({ type: 'subscribe', more })),
        any.filter((type) => type !== 'subscribe').map((type) => ({ type })),
      );
      await fc.assert(
        fc.asyncProperty(fc.oneof({ weight: 3, arbitrary: filters }, outside), async (message) => {
          const client = await connect(wsUrl);
          for (let i = 0; i < 3; i++) client.send(JSON.stringify(message));
          expect(await client.closed).toEqual({ code: 1008, reason: 'too many errors' });
          expect(client.of('error').map(({ code }) => code)).toEqual(Array(3).fill('bad-message'));
        }),
        { numRuns: 150 },
      );
    }));

  test('deep JSON, long lists and numbers beyond all bounds', () =>
    survives(async ({ wsUrl }) => {
      const deep = '['.repeat(8000) + ']'.repeat(8000);
      const nested = `{"type":"subscribe","filters":${'{"filters":'.repeat(1000)}1${'}'.repeat(1000)}}`;
      const long = JSON.stringify({ type: 'subscribe', filters: { streams: Array(1000).fill('a') } });
      const large = '{"type":"subscribe","from":1e999,"filters":{"minScore":1e308}}';
      for (const text of [deep, nested, long, large]) expect(await shout(wsUrl, text, text, text)).toBe(1008);
    }));

  test('messages larger than allowed, also in pieces', () =>
    survives(async ({ server, wsUrl }) => {
      expect(await shout(wsUrl, 'x'.repeat(20_000))).toBe(1009);
      expect(await shout(wsUrl, 'x'.repeat(5_000_000))).toBe(1009);
      const claim = Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]);
      await send(server.url, UPGRADE, claim);
      const piece = Buffer.concat([Buffer.from([0x01, 0xfe, 0x0f, 0xa0, 0, 0, 0, 0]), Buffer.alloc(4000, 'x')]);
      const more = Buffer.concat([Buffer.from([0x00, 0xfe, 0x0f, 0xa0, 0, 0, 0, 0]), Buffer.alloc(4000, 'x')]);
      await send(server.url, UPGRADE, piece, ...Array(20).fill(more));
    }));

  test('thousands of subscriptions', () =>
    survives(async ({ wsUrl, metrics }) => {
      const client = await connect(wsUrl);
      for (let i = 0; i < 5000; i++) client.send({ type: 'subscribe', from: 1 });
      expect(await client.closed).toEqual({ code: 1008, reason: 'too many errors' });
      // The first ones are served. What comes after the third complaint is not even read.
      expect(client.of('error').map(({ code }) => code)).toEqual(Array(3).fill('rate-limited'));
      const { values } = await metrics.clients.errors.get();
      expect(values.map(({ labels, value }) => [labels.code, value])).toEqual([['rate-limited', 3]]);
    }));

  test('a connection that subscribes as often as it is allowed', () =>
    survives(
      async ({ wsUrl }) => {
        const subscribe = JSON.stringify({ type: 'subscribe', from: 1 });
        expect(await shout(wsUrl, ...Array(53).fill(subscribe))).toBe(1008);
        expect(await say(wsUrl, 200, ...Array(50).fill(subscribe))).toBe(0);
      },
      { subscriptions: 50, messages: 1000 },
    ));

  test('a flood of pings whose answers nobody reads', () =>
    survives(async ({ wsUrl }) => {
      const socket = new WebSocket(wsUrl);
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.on('open', resolve));
      const closed = new Promise<number>((resolve) => socket.on('close', resolve));
      for (let i = 0; i < 10_000; i++) socket.ping(Buffer.alloc(100));
      expect(await closed).toBe(1008);
    }));

  test('more connections than there is room for', () =>
    survives(
      async ({ wsUrl }) => {
        const sockets = Array.from({ length: 60 }, () => new WebSocket(wsUrl));
        const outcomes = await Promise.all(
          sockets.map(
            (socket) =>
              new Promise<number>((resolve) => {
                socket.on('error', () => undefined);
                socket.on('open', () => resolve(101));
                socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0));
              }),
          ),
        );
        expect(outcomes.filter((status) => status === 101).length).toBe(19);
        expect(outcomes.filter((status) => status === 503).length).toBe(41);
        for (const socket of sockets) socket.terminate();
      },
      { connections: 20 },
    ));

  test('requests that trickle in, and clients that never say what they want', () =>
    survives(async ({ server }) => {
      const slow = Array.from({ length: 30 }, () => tcp(server.url));
      const mute = Array.from({ length: 10 }, () => tcp(server.url));
      for (const socket of mute) socket.write(UPGRADE);
      let sent = 0;
      const trickle = setInterval(() => {
        for (const socket of slow) if (!socket.destroyed) socket.write(UPGRADE[sent % 40] as string);
        sent++;
      }, 50);
      onTestFinished(() => clearInterval(trickle));
      const closed = [...slow, ...mute].map((socket) => new Promise((resolve) => socket.on('close', resolve)));
      await Promise.all(closed);
      clearInterval(trickle);
    }));
});
