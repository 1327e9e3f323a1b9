import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { HeatboxError } from '../error.ts';
import type { CropStore } from '../events/crop-store.ts';
import type { LabelsWithin } from '../events/filter.ts';
import type { EventLog } from '../events/log/log.ts';
import { PROTOCOL_VERSION } from '../protocol/constants.ts';
import type { Hello, Notice } from '../protocol/messages.ts';
import { type AccessOptions, accessCheck, checkBind } from './access/access.ts';
import { createHttp, type Readiness } from './http.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { createLogger, type Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { type Session, type SessionCounters, serveSession } from './session.ts';
import { serveFiles } from './static-files.ts';
import { streamRegistry } from './stream-registry.ts';
import { createUpgrades } from './upgrades.ts';
import type { VideoHub } from './video/hub.ts';
import { watchLog } from './watch-log.ts';

/** Options of {@link startServer}. */
export interface ServerOptions extends AccessOptions {
  /** What is served. It stays open when the server closes. */
  readonly log: EventLog;
  /** Names of the streams that are to come, so that clients see them before they start. */
  readonly streams: readonly string[];
  /** The address to listen on. Defaults to `127.0.0.1`. */
  readonly host?: string;
  /** The port to listen on; 0 for any free one. Defaults to 8080. */
  readonly port?: number;
  /** The path that a proxy serves this server under and leaves in its requests, e.g. `/heatbox`. */
  readonly basePath?: string;
  /** Lets a server without a token listen on more than loopback. Defaults to false. */
  readonly insecure?: boolean;
  /** Certificate and key, PEM texts. If omitted, the server speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** What one client, and all together, may use. */
  readonly limits?: Partial<Limits>;
  /** Writes what happens. Defaults to silence. */
  readonly logger?: Logger;
  /** What `/metrics` shows. Defaults to a set of its own. */
  readonly metrics?: Metrics;
  /** Pictures of tracks, for the paths that `track.ended` events name. */
  readonly crops?: CropStore;
}

/** What a server of live streams has beside. */
export interface StreamServerOptions extends ServerOptions {
  /** Which labels a subscriber's filter takes in with one; without it, itself alone. */
  readonly labelsWithin?: LabelsWithin;
  /** Whether a track may go by a label, so that a subscriber hears of a misspelled one; without it, any may. */
  readonly isKnownLabel?: (label: string) => boolean;
  /** The live video; the server closes it with itself. */
  readonly video?: VideoHub;
  /** Folder of the viewer's built page, which is served to everybody at `/`. */
  readonly viewer?: string;
}

/** A server that listens. */
export interface HeatboxServer {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Says goodbye to every client (1001) and stops listening. The log stays open. */
  close(): Promise<void>;
}

const GOODBYE_MS = 2_000;

/**
 * Serves an event log over HTTP and WebSocket, as docs/protocol.md describes.
 *
 * @example
 * const log = await openLog();
 * const server = await startServer({ log, streams: ['gate'], port: 0 });
 * console.log(server.url);
 *
 * @throws HeatboxError `SERVER_INSECURE`, `SERVER_TLS`, `SERVER_LISTEN`
 */
export function startServer(options: ServerOptions): Promise<HeatboxServer> {
  return serveStreams(options);
}

/** {@link startServer} with what live streams have beside their events: video, pictures, the viewer's page. */
export async function serveStreams(options: StreamServerOptions): Promise<HeatboxServer> {
  const { log, host = '127.0.0.1', port = 8080, tls, labelsWithin, isKnownLabel = () => true } = options;
  const { logger = createLogger('silent'), metrics = createMetrics() } = options;
  checkBind(host, options);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const access = accessCheck(options);
  const registry = streamRegistry(log, options.streams);
  const upgrades = createUpgrades({ limits, metrics, access, basePath: options.basePath });
  const sessions = new Set<Session>();
  const id = randomUUID();

  const readiness = (): Readiness => ({ ready: true, log: log.health.value.state });
  const app = build(() => createHttp({ ...options, limits, access, readiness, logger, metrics }));
  options.video?.serve(app, upgrades.route);
  if (options.viewer !== undefined) serveFiles(app, options.viewer, access.pages);
  app.server.on('upgrade', upgrades.listener);
  upgrades.route('/v1/events', (socket, wire, request) => {
    const from = access.addressOf(request);
    const isKnownStream = registry.has;
    const count = counters(metrics, logger);
    const told = { log, limits, hello, isKnownStream, isKnownLabel, labelsWithin, count };
    const session = serveSession(socket, wire, told);
    sessions.add(session);
    logger.debug({ from }, 'client connected');
    socket.on('close', (code) => {
      sessions.delete(session);
      logger.debug({ from, code }, 'client gone');
    });
  });
  const notify = (notice: Notice) => {
    for (const session of sessions) session.notify(notice);
  };
  const watching = watchLog({ log, logger, metrics, notify, streams: options.streams });
  const heartbeat = setInterval(() => {
    for (const session of sessions) session.beat();
  }, limits.heartbeatSeconds * 1000);

  function hello(): Hello {
    const { epoch, oldest, newest } = log;
    const streams = registry.list();
    const heartbeat = limits.heartbeatSeconds;
    return { type: 'hello', v: PROTOCOL_VERSION, server: id, epoch, streams, oldest, newest, heartbeat };
  }

  async function close(): Promise<void> {
    clearInterval(heartbeat);
    const gone = [...upgrades.sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const session of sessions) session.close(1001, 'the server is stopping');
    options.video?.close();
    const late = setTimeout(() => {
      for (const socket of upgrades.sockets) socket.terminate();
    }, GOODBYE_MS);
    await Promise.all([app.close(), ...gone]);
    clearTimeout(late);
    registry.subscription.unsubscribe();
    watching.unsubscribe();
  }

  try {
    await app.listen({ host, port });
  } catch (error) {
    await close();
    throw new HeatboxError('SERVER_LISTEN', `Cannot listen on ${host}:${port}: ${(error as Error).message}`, {
      kind: 'usage',
      value: `${host}:${port}`,
      cause: error,
      hint: /^E(ADDRINUSE|ACCES)$/.test((error as NodeJS.ErrnoException).code ?? '')
        ? 'Choose another port with --port, or 0 for any free one.'
        : 'Give an address of this machine with --host.',
    });
  }
  const address = app.server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `${tls ? 'https' : 'http'}://${name}:${address.port}`, close };
}

function build<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new HeatboxError('SERVER_TLS', `The TLS certificate or key is not usable: ${(error as Error).message}`, {
      kind: 'usage',
      cause: error,
      hint: 'Give PEM files that belong together: the certificate chain and its private key.',
    });
  }
}

function counters({ clients }: Metrics, logger: Logger): SessionCounters {
  return {
    sent(events, bytes) {
      clients.sentEvents.inc(events);
      clients.sentBytes.inc(bytes);
    },
    coalesced: (events) => clients.coalesced.inc(events),
    refused: (code) => clients.errors.inc({ code }),
    tooSlow: () => clients.tooSlow.inc(),
    failed: (error) => logger.error(error, 'a replay failed'),
  };
}
