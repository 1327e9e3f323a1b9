/**
 * Percent-encodes what stands raw in the user name and password of a URL, so that FFmpeg reads them as they are meant:
 * people paste passwords with `@`, `/` and `?` in them. Escapes that are there already stay.
 *
 * Blanks in the rest of the URL are percent-encoded too, so that the URL is one word wherever it is written. A `file:`
 * URL stays as it is: FFmpeg takes its path literally.
 *
 * Where it is not plain which `@` ends the password, it is the last one that a host can follow: a name with a dot, an
 * address, `localhost`, or anything with a port. In `rtsp://cam:554/a@b` there is no password: a port comes before its `/`.
 *
 * @example encodeCredentials('rtsp://me:p@ss/word@cam.local/1') // 'rtsp://me:p%40ss%2Fword@cam.local/1'
 */
export function encodeCredentials(url: string): string {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || rest === undefined || /^file:/i.test(scheme)) return url;
  const end = endOfUserinfo(rest);
  if (end === undefined) return scheme + withoutBlanks(rest);
  const userinfo = rest.slice(0, end);
  const colon = userinfo.indexOf(':');
  const parts = colon < 0 ? [userinfo] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
  return `${scheme}${parts.map(encode).join(':')}${withoutBlanks(rest.slice(end))}`;
}

function withoutBlanks(text: string): string {
  return text.replace(/[\s\p{Cc}]/gu, percentEncoded);
}

/** The place of the `@` behind the password. */
function endOfUserinfo(rest: string): number | undefined {
  const authority = /^[^/?#]*/.exec(rest)![0];
  const ofAuthority = authority.lastIndexOf('@');
  // No password, or a host and its port, so what has an @ further on is a path.
  if (ofAuthority < 0 && /^[^:]*$|^(\[[\da-f:.]+\]|localhost|[^:]*\.[^:]*)(:\d+)?$/i.test(authority)) return undefined;
  const last = rest.lastIndexOf('@');
  for (let at = last; at >= 0; at = at === 0 ? -1 : rest.lastIndexOf('@', at - 1))
    if (isHost(rest.slice(at + 1))) return at;
  if (ofAuthority >= 0) return ofAuthority;
  return last < 0 || /:\d+$/.test(authority) ? undefined : last;
}

function isHost(text: string): boolean {
  const host = /^[^/?#]*/.exec(text)![0];
  return /^(localhost|[\w-]+(\.[\w-]+)+|\[[\da-f:.]+\])(:\d+)?$|^[\w-]+:\d+$/i.test(host);
}

function encode(text: string): string {
  return text.replace(/%(?![\da-f]{2})|[^\w.~!$&()*+,;=%-]/giu, percentEncoded);
}

function percentEncoded(sign: string): string {
  return Buffer.from(sign).toString('hex').toUpperCase().replace(/../g, '%$&');
}
