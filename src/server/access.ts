import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import os from 'node:os';
import { HeatboxError } from '../error.ts';
import { TOKEN_SUBPROTOCOL } from '../protocol/constants.ts';

export interface AccessOptions {
  /** What clients must show; without it everybody who reaches the server may read. */
  readonly token?: string;
  /** Web origins, as `https://example.org`, whose pages may connect besides the server's own. */
  readonly origins?: readonly string[];
}

export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
}

/** Says why a request is refused, or undefined where it is not. */
export type AccessCheck = (headers: IncomingHttpHeaders) => Refusal | undefined;

/**
 * Checks who asks, by three things: the `Host` header (without a token only addresses and the machine's own names, so
 * that no foreign name can be pointed at this server: DNS rebinding), the `Origin` header (a page of another site may
 * not use its visitor's browser), and the token.
 */
export function accessCheck({ token, origins = [] }: AccessOptions): AccessCheck {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin));
  const allowedHosts = new Set([...allowed].map((origin) => new URL(origin).hostname));
  const expected = token === undefined ? undefined : digest(token);

  return (headers) => {
    const host = hostOf(headers.host);
    if (host === undefined) return { status: 403, message: 'The Host header is missing or malformed' };
    if (expected === undefined && !isOwnName(host.hostname) && !allowedHosts.has(host.hostname)) {
      return { status: 403, message: 'This host name is not served here without a token' };
    }
    const { origin } = headers;
    if (origin !== undefined && !allowed.has(origin) && hostOfOrigin(origin) !== host.host) {
      return { status: 403, message: 'Pages of this origin are not allowed' };
    }
    if (expected !== undefined && !tokensOf(headers).some((given) => timingSafeEqual(digest(given), expected))) {
      return { status: 401, message: 'A valid token is required' };
    }
    return undefined;
  };
}

/**
 * Refuses to open a server to the network without a token.
 *
 * @throws HeatboxError `SERVER_INSECURE`
 */
export function checkBind(host: string, { token, insecure }: { token?: string; insecure?: boolean }): void {
  if (token !== undefined || insecure || isLoopback(host)) return;
  throw new HeatboxError('SERVER_INSECURE', `Listening on ${host} without a token would let everybody in`, {
    kind: 'usage',
    value: host,
    hint: 'Set a token, listen on 127.0.0.1, or say --insecure if the network itself keeps strangers out.',
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isOwnName(name: string): boolean {
  const machine = os.hostname().toLowerCase();
  const bare = name.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 || ['localhost', machine, `${machine}.local`].includes(name);
}

function hostOf(header: string | undefined): URL | undefined {
  try {
    return header === undefined || /[/@\s]/.test(header) ? undefined : new URL(`http://${header}`);
  } catch {
    return undefined;
  }
}

/** Host and port as `Host` has them; the scheme does not count, since a proxy may speak TLS on behalf of the server. */
function hostOfOrigin(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

function tokensOf(headers: IncomingHttpHeaders): string[] {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const inProtocol = protocols
    .filter((protocol) => protocol.startsWith(TOKEN_SUBPROTOCOL))
    .map((protocol) => Buffer.from(protocol.slice(TOKEN_SUBPROTOCOL.length), 'base64url').toString('utf8'));
  return bearer === undefined ? inProtocol : [bearer, ...inProtocol];
}

/** Equal lengths for the comparison, whatever the token's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
