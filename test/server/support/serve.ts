import { Writable } from 'node:stream';
import { pino } from 'pino';
import WebSocket from 'ws';
import { type EventLog, type LogOptions, openLog } from '../../../src/events/log/log.ts';
import type { HeatboxEvent } from '../../../src/protocol/events.ts';
import { type ServerMessage, type Subscribe, serverMessageSchema } from '../../../src/protocol/messages.ts';
import { createMetrics, type Metrics } from '../../../src/server/metrics.ts';
import { type HeatboxServer, type StreamServerOptions, serveStreams } from '../../../src/server/server.ts';
import { atEnd } from '../../support/at-end.ts';

export interface Served {
  readonly log: EventLog;
  readonly server: HeatboxServer;
  readonly metrics: Metrics;
  readonly wsUrl: string;
  /** Everything that was logged. */
  readonly logged: () => string;
}

/** A server on a free loopback port with a log in memory, gone when the test is. */
export async function serve(options: Partial<StreamServerOptions> = {}, logOptions: LogOptions = {}): Promise<Served> {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = options.log ?? (await openLog(logOptions));
  const metrics = createMetrics();
  const server = await serveStreams({
    log,
    metrics,
    streams: ['door'],
    host: '127.0.0.1',
    port: 0,
    logger: pino({ level: 'debug' }, sink),
    ...options,
  });
  atEnd(async () => {
    await server.close();
    await log.close();
  });
  const wsUrl = `${server.url.replace('http', 'ws')}/v1/events`;
  return { log, server, metrics, wsUrl, logged: () => lines.join('') };
}

export interface TestClient {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[];
  readonly closed: Promise<{ code: number; reason: string }>;
  send(message: Subscribe | string | Buffer): void;
  events(): HeatboxEvent[];
  seqs(): number[];
  /** Number of the last event. */
  last(): number;
  of<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }>[];
  /** Resolves when a message of this type is (or was) there, `count` times. */
  heard<T extends ServerMessage['type']>(type: T, count?: number): Promise<Extract<ServerMessage, { type: T }>>;
  until(condition: () => boolean): Promise<void>;
}

/** A bare client that checks everything it hears against the published schemas. */
export async function connect(url: string, options: WebSocket.ClientOptions = {}): Promise<TestClient> {
  const socket = new WebSocket(url, ['heatbox.v1'], options);
  const messages: ServerMessage[] = [];
  const events: HeatboxEvent[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    const message = serverMessageSchema.parse(JSON.parse(String(data)));
    messages.push(message);
    if ('seq' in message && 'stream' in message) events.push(message);
    for (const check of waiting) check();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('unexpected-response', (_, response) => {
      reject(new Error(`HTTP ${response.statusCode}`));
      socket.terminate();
    });
    socket.on('close', () => reject(new Error('closed')));
  });
  atEnd(() => socket.terminate());

  const client: TestClient = {
    socket,
    messages,
    closed,
    send: (message) =>
      socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    events: () => events,
    seqs: () => events.map(({ seq }) => seq),
    last: () => events.at(-1)?.seq ?? 0,
    of: (type) => messages.filter((message) => message.type === type) as never,
    async heard(type, count = 1) {
      await client.until(() => client.of(type).length >= count);
      return client.of(type)[count - 1] as never;
    },
    until: (condition) =>
      new Promise((resolve, reject) => {
        const failed = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`waited in vain; heard ${JSON.stringify(messages.at(-1))?.slice(0, 300)}`));
        }, 30_000);
        const check = () => {
          if (!condition()) return;
          waiting.delete(check);
          clearTimeout(failed);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
  await client.heard('hello');
  return client;
}
