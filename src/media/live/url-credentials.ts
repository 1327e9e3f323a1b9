/**
 * Percent-encodes what stands raw in the user name and password of a URL, so that FFmpeg reads them as they are meant:
 * people paste passwords with `@`, `/` and `?` in them. Escapes that are there already stay.
 *
 * Where it is not plain which `@` ends the password, it is the last one that a host can follow: a name with a dot, an
 * address, `localhost`, or anything with a port. In `rtsp://cam:554/a@b` there is no password: a port comes before its `/`.
 *
 * @example encodeCredentials('rtsp://me:p@ss/word@cam.local/1') // 'rtsp://me:p%40ss%2Fword@cam.local/1'
 */
export function encodeCredentials(url: string): string {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || rest === undefined) return url;
  const end = endOfUserinfo(rest);
  if (end === undefined) return url;
  const userinfo = rest.slice(0, end);
  const colon = userinfo.indexOf(':');
  const parts = colon < 0 ? [userinfo] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
  return `${scheme}${parts.map(encode).join(':')}${rest.slice(end)}`;
}

/** The place of the `@` behind the password. */
function endOfUserinfo(rest: string): number | undefined {
  const authority = /^[^/?#]*/.exec(rest)![0];
  const ofAuthority = authority.lastIndexOf('@');
  // No password, or a host and its port, so what has an @ further on is a path.
  if (ofAuthority < 0 && /^[^:]*$|^(\[[\da-f:.]+\]|localhost|[^:]*\.[^:]*)(:\d+)?$/i.test(authority)) return undefined;
  const last = rest.lastIndexOf('@');
  if (last < 0) return undefined;
  if (last !== ofAuthority && !isHost(rest.slice(last + 1))) return ofAuthority < 0 ? undefined : ofAuthority;
  return last;
}

function isHost(text: string): boolean {
  const host = /^[^/?#]*/.exec(text)![0];
  return /^(localhost|[\w-]+(\.[\w-]+)+|\[[\da-f:.]+\])(:\d+)?$|^[\w-]+:\d+$/i.test(host);
}

function encode(text: string): string {
  // A quote may stand in a URL, but would end it where it stands in a text.
  return text.replace(/%(?![\da-f]{2})|[^\w.~!$&()*+,;=%-]/gi, (sign) =>
    sign === "'" ? '%27' : encodeURIComponent(sign),
  );
}
