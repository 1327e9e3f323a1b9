const SCHEME = /\b[a-z][a-z0-9+.-]{0,30}:\/\//gi;

/** White space ends a URL, and so does a quote where text or JSON goes on after it. */
const END = /\s|["'`](?=[\s,;:.)}\]]|$)/g;

/** Cameras often take their credentials as query parameters. */
const SECRET_PARAMETER =
  /([?&](?:access_?token|api_?key|auth|key|pass|passwd|password|pwd|secret|sig|signature|token|user|username|usr)=)[^\s&"'`#]+/gi;

const BEARER = /\b(bearer\s+)[a-z0-9._~+/=-]+/gi;

/**
 * Removes user names, passwords and tokens from any text: log lines, error messages, URLs. People paste passwords with
 * `@`, `/` and quotes in them, which `URL()` misreads, so everything up to the last `@` of a URL goes. It takes away too
 * much rather than too little: in `rtsp://host/a@b` the host goes too.
 *
 * @example redact('rtsp://user:p@ss/word@cam/1') // 'rtsp://***@cam/1'
 */
export function redact(text: string): string {
  return withoutUserinfo(text).replace(SECRET_PARAMETER, '$1***').replace(BEARER, '$1***');
}

/** Looks at each sign once, whatever the text: one regular expression for all of it would take quadratic time. */
function withoutUserinfo(text: string): string {
  let result = '';
  let done = 0;
  SCHEME.lastIndex = 0;
  while (SCHEME.test(text)) {
    const start = SCHEME.lastIndex;
    END.lastIndex = start;
    const end = END.exec(text)?.index ?? text.length;
    // An empty authority (file:///) has nobody in it, and paths may have an @.
    const at = text[start] === '/' ? -1 : text.slice(start, end).lastIndexOf('@');
    if (at >= 0) {
      result += `${text.slice(done, start)}***`;
      done = start + at;
    }
    SCHEME.lastIndex = end;
  }
  return result + text.slice(done);
}
