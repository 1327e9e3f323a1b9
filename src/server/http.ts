import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { fastify, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { CropStore } from '../events/crop-store.ts';
import { protocolJsonSchema } from '../protocol/json-schema.ts';
import type { Access, Refusal } from './access/access.ts';
import { addSlash, nothingAt, withoutBase } from './base-path.ts';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';

/** Whether a server can do its work, and what it says of it. */
export interface Readiness {
  readonly ready: boolean;
  readonly [detail: string]: unknown;
}

export interface HttpOptions {
  readonly logger: Logger;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly access: Access;
  /** The path that a proxy serves this server under and leaves in its requests, e.g. `/heatbox`. */
  readonly basePath?: string;
  readonly readiness: () => Readiness;
  readonly crops?: CropStore;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export type Http = ReturnType<typeof createHttp>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route that answers everybody, without a token. */
    public?: boolean;
  }
}

/** The plain HTTP side of a server: health, metrics, the schema, crops, and whether one may come in. */
export function createHttp({ logger, limits, metrics, access, basePath, readiness, crops, tls }: HttpOptions) {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.payloadBytes,
    forceCloseConnections: true,
    rewriteUrl: ({ url = '/' }) => withoutBase(url, basePath),
    serverFactory: (handler) => createListener(handler, limits, tls),
  });
  app.server.maxConnections = limits.connections + 128;

  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request;
    reply
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'no-store')
      .headers(access.pages.headersFor(raw, access.isSigned(raw)));
    if (access.pages.isPreflight(raw)) return reply.code(204).send();
    // The page's addresses are relative: without the slash they would lead to the folder above.
    const withSlash = addSlash(request.originalUrl, basePath);
    if (withSlash !== undefined) return reply.redirect(withSlash, 308);
    const refused = request.routeOptions.config.public ? undefined : access.refusal(raw);
    if (!refused) return;
    metrics.clients.refused.inc({ status: refused.status });
    if (refused.status === 401) reply.header('www-authenticate', challenges(raw.headers));
    if (refused.retryAfter !== undefined) reply.header('retry-after', refused.retryAfter);
    return reply.code(refused.status).send(problem(refused));
  });
  app.setNotFoundHandler(({ originalUrl }, reply) =>
    reply.code(404).send({ error: 'not-found', message: nothingAt(originalUrl) }),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error(error);
    return reply.code(status).send({ error: status < 500 ? 'bad-request' : 'internal', message: 'The request failed' });
  });

  // An orchestrator has no token, and health says nothing worth one.
  app.get('/healthz', { config: { public: true } }, () => ({ status: 'ok' }));
  app.get('/readyz', { config: { public: true } }, (_, reply) => {
    const report = readiness();
    return reply.code(report.ready ? 200 : 503).send(report);
  });
  // A browser does not tell a page why its WebSocket was refused; this, asked with the same `Origin` and token, does.
  app.post('/v1/access', (_, reply) => reply.code(204).send());
  for (const path of ['/v1/events', '/v1/video/:stream']) {
    app.get(path, (_, reply) =>
      reply
        .code(426)
        .headers({ upgrade: 'websocket', connection: 'upgrade' })
        .send({ error: 'upgrade-required', message: NO_UPGRADE }),
    );
  }
  app.get('/metrics', async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  const schema = protocolJsonSchema();
  app.get('/v1/schema.json', () => schema);
  app.get<{ Params: { stream: string; session: string; track: string } }>(
    '/v1/streams/:stream/sessions/:session/tracks/:track/crop.jpg',
    (request, reply) => {
      const { stream, session, track } = request.params;
      const jpeg = crops?.get({ stream, session, track: Number(track) });
      if (!jpeg) return reply.callNotFound();
      return reply.type('image/jpeg').send(jpeg);
    },
  );
  return app;
}

/** A server that waits for nobody: a request that trickles in is cut off, as is a handshake. */
function createListener(handler: RequestListener, { patienceSeconds }: Limits, tls: HttpOptions['tls']): Server {
  const patience = patienceSeconds * 1000;
  const timeouts = {
    headersTimeout: patience,
    requestTimeout: patience,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: Math.min(patience, 5_000),
  };
  if (!tls) return createServer(timeouts, handler);
  return createTlsServer({ ...timeouts, ...tls, handshakeTimeout: patience }, handler) as unknown as Server;
}

const NO_UPGRADE =
  'This is a WebSocket, asked for without Upgrade: a proxy in between must pass the Upgrade and Connection headers on';

/** What a program may show; `Basic` only where it does not make a browser ask for a password in the midst of a page. */
function challenges(headers: IncomingHttpHeaders): string[] {
  const mode = headers['sec-fetch-mode'];
  return mode === undefined || mode === 'navigate' ? ['Bearer', 'Basic realm="heatbox", charset="UTF-8"'] : ['Bearer'];
}

const ERRORS = { 401: 'unauthorized', 403: 'forbidden', 429: 'too-many-guesses' } as const;

function problem({ status, message }: Refusal): { error: string; message: string } {
  return { error: ERRORS[status], message };
}
