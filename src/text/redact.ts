const SCHEME = /\b[a-z][a-z0-9+.-]{0,30}:\/\//gi;

const BLANK = /\s/g;

/** Cameras often take their credentials as query parameters. */
const SECRET_PARAMETER =
  /([?&](?:access_?token|api_?key|auth|key|pass|passwd|password|pwd|secret|sig|signature|token|user|username|usr)=)([^\s&#]+)/gi;

const AUTHORIZATION = /\b(bearer\s+|authorization:\s*(?:basic|digest)\s+)(\S+)/gi;

/** What may follow a URL in a text without a blank between them. */
const CLOSING = new Set('"\'`)]}>,;:.');

/**
 * Removes user names, passwords and tokens from any text: log lines, error messages, URLs. People paste passwords with
 * `@`, `/` and quotes in them, which `URL()` misreads, so everything goes up to the last `@` before a blank. It takes away
 * too much rather than too little: in `rtsp://host/a@b` the host goes too. A password with a blank in it must be
 * percent-encoded before it comes into a text: `encodeCredentials` does that.
 *
 * @example redact('rtsp://user:p@ss/word@cam/1') // 'rtsp://***@cam/1'
 */
export function redact(text: string): string {
  return withoutUserinfo(text).replace(SECRET_PARAMETER, hide).replace(AUTHORIZATION, hide);
}

/** Looks at each sign once, whatever the text: one regular expression for all of it would take quadratic time. */
function withoutUserinfo(text: string): string {
  let result = '';
  let done = 0;
  SCHEME.lastIndex = 0;
  while (SCHEME.test(text)) {
    const start = SCHEME.lastIndex;
    BLANK.lastIndex = start;
    const end = BLANK.exec(text)?.index ?? text.length;
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

function hide(_: string, before: string, secret: string): string {
  let end = secret.length;
  while (end > 0 && CLOSING.has(secret[end - 1]!)) end--;
  return `${before}***${secret.slice(end)}`;
}
