/**
 * What a user name and password may consist of. People paste passwords with `@`, `/` and quotes in them, which `URL()`
 * misreads, so everything up to the last `@` counts. A quote ends the URL only where text or JSON goes on after it.
 */
const USERINFO = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^\s"'`]|["'`](?![\s,;:.)}\]]|$))*@/gi;

/** Cameras often take their credentials as query parameters. */
const SECRET_PARAMETER =
  /([?&](?:access_?token|api_?key|auth|key|pass|passwd|password|pwd|secret|sig|signature|token|user|username|usr)=)[^\s&"'`#]+/gi;

const BEARER = /\b(bearer\s+)[a-z0-9._~+/=-]+/gi;

/**
 * Removes user names, passwords and tokens from any text: log lines, error messages, URLs. Takes away too much rather
 * than too little: in `rtsp://host/a@b` the host goes too.
 *
 * @example redact('rtsp://user:p@ss/word@cam/1') // 'rtsp://***@cam/1'
 */
export function redact(text: string): string {
  return text.replace(USERINFO, '$1***@').replace(SECRET_PARAMETER, '$1***').replace(BEARER, '$1***');
}
