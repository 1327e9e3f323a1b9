import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { TOKEN_SUBPROTOCOL } from '../../protocol/constants.ts';

/**
 * The tokens that a request shows: of `Authorization: Bearer`, as the password of `Authorization: Basic` with any user name,
 * for programs that know nothing else, and of the WebSocket subprotocol, for pages.
 */
export function tokensOf(headers: IncomingHttpHeaders): string[] {
  const [, scheme = '', credentials = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const inHeader = scheme.toLowerCase() === 'basic' ? passwordOf(credentials) : credentials;
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const inProtocol = protocols
    .filter((protocol) => protocol.startsWith(TOKEN_SUBPROTOCOL))
    .map((protocol) => Buffer.from(protocol.slice(TOKEN_SUBPROTOCOL.length), 'base64url').toString('utf8'));
  return [inHeader, ...inProtocol].filter((token) => token !== '');
}

function passwordOf(credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/** A hash of a text, so that comparing two takes as long whatever they are. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares two digests in constant time. */
export function isSame(a: Buffer, b: Buffer): boolean {
  return timingSafeEqual(a, b);
}
