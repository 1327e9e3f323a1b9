import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { REFUSAL_HEADER, SUBPROTOCOL } from '../protocol/constants.ts';
import type { Access } from './access/access.ts';
import { nothingAt, withoutBase } from './base-path.ts';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';

/** Takes over a WebSocket whose client has been let in; it also answers its pings. */
export type SocketHandler = (socket: WebSocket, wire: Duplex, request: IncomingMessage) => void;

export interface Upgrades {
  /** Serves WebSockets at a path. */
  route(path: string, handler: SocketHandler): void;
  /** The listener for the HTTP server's `upgrade` event. */
  readonly listener: (request: IncomingMessage, wire: Duplex, head: Buffer) => void;
  /** Open WebSockets, on all paths. */
  readonly sockets: ReadonlySet<WebSocket>;
}

export interface UpgradeOptions {
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly access: Access;
  readonly basePath?: string;
}

/** Turns HTTP requests into WebSockets, for whom the access check lets in and while there is room. */
export function createUpgrades({ limits, metrics, access, basePath }: UpgradeOptions): Upgrades {
  const handlers = new Map<string, SocketHandler>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: limits.payloadBytes,
    perMessageDeflate: false,
    autoPong: false,
    handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  metrics.clients.connected.set(0);

  function listener(request: IncomingMessage, wire: Duplex, head: Buffer): void {
    wire.on('error', () => wire.destroy());
    const handler = handlers.get(withoutBase(pathOf(request), basePath));
    const refused = access.refusal(request);
    if (refused) refuse(wire, refused.status, refused.message, refused.retryAfter);
    else if (!handler) refuse(wire, 404, nothingAt(request.url ?? '/'));
    else if (server.clients.size >= limits.connections) refuse(wire, 503, 'Too many connections', 5);
    else
      server.handleUpgrade(request, wire, head, (socket) => {
        metrics.clients.accepted.inc();
        metrics.clients.connected.set(server.clients.size);
        socket.on('close', () => metrics.clients.connected.set(server.clients.size));
        handler(socket, wire, request);
      });
  }

  function refuse(wire: Duplex, status: number, message: string, retryAfter?: number): void {
    metrics.clients.refused.inc({ status });
    const lines = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(message)}`,
      ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
      ...(retryAfter === undefined ? [`${REFUSAL_HEADER}: ${status}`] : [`Retry-After: ${retryAfter}`]),
    ];
    wire.once('finish', () => wire.destroy());
    wire.end(`${lines.join('\r\n')}\r\n\r\n${message}`);
  }

  return {
    route: (path, handler) => void handlers.set(path, handler),
    listener,
    sockets: server.clients,
  };
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] as string;
}
