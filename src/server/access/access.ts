import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import os from 'node:os';
import { HeatboxError } from '../../error.ts';
import { readForwarded, type TrustProxy } from './forwarded.ts';
import { limitGuesses } from './guesses.ts';
import { type Pages, pagesOf } from './pages.ts';
import { isSigned } from './signed-url.ts';
import { digest, isSame, tokensOf } from './tokens.ts';

/** Who may use a server. */
export interface AccessOptions {
  /** What clients must show; without it everybody who reaches the server may read. */
  readonly token?: string;
  /** Web origins, as `https://example.org`, whose pages may connect besides the server's own. */
  readonly origins?: readonly string[];
  /** Whose `X-Forwarded-…` headers are believed. Defaults to nobody's. */
  readonly trustProxy?: TrustProxy;
}

export interface Refusal {
  readonly status: 401 | 403 | 429;
  /** For the person who asks: what is wrong, and what to do. */
  readonly message: string;
  /** Seconds to wait before another try, where waiting helps. */
  readonly retryAfter?: number;
}

export interface Access {
  /** Says why a request is refused, or undefined where it is not. A wrong token counts as a guess, so ask once. */
  refusal(request: IncomingMessage): Refusal | undefined;
  /** Whether a request is let in by its signed address, which any page may use. */
  isSigned(request: IncomingMessage): boolean;
  /** Where a request comes from, in front of the trusted proxies. */
  addressOf(request: IncomingMessage): string;
  readonly pages: Pages;
}

/**
 * Checks who asks, by three things: the host asked for (without a token only addresses, the machine's own names and allowed
 * origins, so that no foreign name can be pointed at this server: DNS rebinding), the page that asks (a page of another site
 * may neither use its visitor's browser nor embed what this server answers), and the token or a signed address.
 */
export function accessCheck({ token, origins = [], trustProxy }: AccessOptions): Access {
  const pages = pagesOf(origins);
  const asked = readForwarded(trustProxy);
  const guesses = limitGuesses();
  const expected = token === undefined ? undefined : digest(token);
  const hasSignature = (request: IncomingMessage) => token !== undefined && isSigned(urlOf(request), token);

  function refusal(request: IncomingMessage): Refusal | undefined {
    const { headers } = request;
    const { host: name, address } = asked(request);
    const host = hostOf(name);
    if (host === undefined) return { status: 403, message: 'The Host header is missing or malformed' };
    if (expected === undefined && !isOwnName(host.hostname) && !pages.allowedHosts.has(host.hostname))
      return { status: 403, message: foreignHost(host.host) };
    const { origin } = headers;
    if (origin !== undefined && !pages.isAllowed(origin) && hostOfOrigin(origin) !== host.host)
      return { status: 403, message: foreignOrigin(origin, host.host) };
    if (hasSignature(request)) return undefined;
    if (pages.isEmbedding(headers)) return { status: 403, message: EMBEDDED };
    return expected && tokenRefusal(request, address, expected);
  }

  function tokenRefusal(request: IncomingMessage, address: string, expected: Buffer): Refusal | undefined {
    const given = tokensOf(request.headers).map(digest);
    if (given.length === 0) return { status: 401, message: 'A valid token is required' };
    const retryAfter = guesses.wait(address);
    if (retryAfter > 0) {
      const message = `Too many wrong tokens came from this address: try again in ${retryAfter} s`;
      return { status: 429, message, retryAfter };
    }
    if (given.some((one) => isSame(one, expected))) return undefined;
    for (const one of given) guesses.wrong(address, one);
    return { status: 401, message: 'A valid token is required: this is another one' };
  }

  return { refusal, isSigned: hasSignature, addressOf: (request) => asked(request).address, pages };
}

const EMBEDDED =
  'Pages of other sites cannot show this: allow the page with --origin (server.origins), or use a signed address';

function foreignHost(host: string): string {
  return `The host name ${host} is not served here without a token: allow it with --origin https://${host} (server.origins), or set a token`;
}

function foreignOrigin(origin: string, host: string): string {
  const shown = origin.slice(0, 200);
  return `Pages of ${shown} are not allowed: this server was asked for as ${host}. Allow them with --origin ${shown} (server.origins), or let the proxy pass the Host header on`;
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

function urlOf({ url = '/' }: IncomingMessage): URL {
  // A path of two slashes would be read as a host.
  return new URL(`http://localhost${url.startsWith('/') ? url : '/'}`);
}
