import { createHmac } from 'node:crypto';
import { digest, isSame } from './tokens.ts';

/** Pictures, which programs fetch that know nothing but an address. */
const SIGNABLE = /\/v1\/streams\/[^/]+\/(snapshot\.jpg|stream\.mjpeg|sessions\/[^/]+\/tracks\/[^/]+\/crop\.jpg)$/;

/** Whether an address is that of a picture, which alone can be signed. */
export function isSignable(url: URL): boolean {
  return SIGNABLE.test(url.pathname);
}

/**
 * Signs the address of a picture: until it expires whoever has it may fetch this picture, and nothing else, without a token.
 * Adds `expires` (Unix time, seconds) and `signature` to its query. The part of the path before `/v1/` is not signed, since
 * a proxy may change it.
 *
 * @param token - The server's.
 */
export function signUrl(address: URL, token: string, expires: Date): URL {
  const url = new URL(address);
  url.searchParams.delete('signature');
  url.searchParams.set('expires', String(Math.floor(expires.getTime() / 1000)));
  url.searchParams.set('signature', signatureOf(url, token));
  return url;
}

/** Whether an address was signed with this token and has not expired. */
export function isSigned(url: URL, token: string, now = Date.now()): boolean {
  const given = url.searchParams.get('signature');
  if (given === null || !isSignable(url)) return false;
  const expires = Number(url.searchParams.get('expires') ?? Number.NaN);
  return isSame(digest(given), digest(signatureOf(url, token))) && expires * 1000 > now;
}

/** HMAC-SHA256 over the path from `/v1/` on and the other parameters in alphabetical order, in base64url. */
function signatureOf(url: URL, token: string): string {
  const path = url.pathname.slice(url.pathname.lastIndexOf('/v1/streams/'));
  const parameters = [...url.searchParams].filter(([name]) => name !== 'signature').sort();
  const text = `${path}?${new URLSearchParams(parameters)}`;
  return createHmac('sha256', token).update(text).digest('base64url');
}
