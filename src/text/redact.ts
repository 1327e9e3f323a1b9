/**
 * What begins a URL: `rtsp://`, as JSON may write it (`rtsp:\/\/`), or percent-encoded within another one. A word has at
 * most 31 letters, which keeps the search linear.
 */
const SCHEME = /\b[a-z][a-z0-9+.-]{0,30}(?::\\?\/\\?\/|%3a%2f%2f)/i;

/** The same with what people leave out of a URL that has a password: `rtsp:me:secret@cam`. */
const SLOPPY_SCHEME =
  /\b[a-z][a-z0-9+.-]{0,30}(?::\\?\/\\?\/|%3a%2f%2f)|\b(?:rtsps?|rtmp[a-z]{0,2}|https?|wss?|srt|rist|ftps?|sftp|mqtts?|nats|tcp|tls|udp|rtp):\/?/i;

/** Names of secrets outside URLs, where not every value is hidden. */
const SECRET_NAME =
  'loginpas|loginuse|pass(?:wor[dt]|wd|phrase|code)?|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|signature|credentials?|auth|user(?:name)?|usr';

/** `?name=` and `&name=` of a URL without its scheme, or a telling name in front of a value. */
const PLAIN = new RegExp(`([?&])[\\w.~%[\\]-]{1,64}=|(?<![\\w.-])[\\w.-]{0,40}?(?:${SECRET_NAME})=`, 'i');

const JSON_MEMBER = new RegExp(`("[\\w-]{0,40}?(?:${SECRET_NAME})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, 'gi');

/** Header fields, to the end of the line: a Digest has many parts. */
const HEADER =
  /\b((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{0,30}(?:token|key|auth))(["']?\s*[:=]\s*["']?)((?:basic|bearer|digest)\s+)?[^\r\n]+/gi;
const DIGEST = /\b(digest\s+)(?=\w+=)[^\r\n]+/gi;
const DIGEST_PART = /\b(username|response|c?nonce|opaque)="[^"\r\n]*"/gi;
const BEARER = /\b(bearer\s+)(?!token\b|\*\*\*)\S+/gi;
/** Not the word "authentication", which follows in sentences. */
const BASIC = /\b([Bb]asic\s+|BASIC\s+)(?=[a-z]*[A-Z0-9+/=])[A-Za-z0-9+/]{6,}={0,2}/g;

const HIDDEN = '***';

const VALUE = /=|%3d/i;

/** What ends a URL that is quoted or in brackets. */
const CLOSER: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '(': ')',
  '[': ']',
  '{': '}',
  '<': '>',
  '‘': '’',
  '“': '”',
};

/**
 * Removes what may be secret from any text: log lines, error messages, URLs. Of a URL it hides user name and password,
 * every value of the query, the fragment, and the path from its first `=` on, since cameras take credentials in all of
 * them and under any name: a list of names would miss the next camera's. Elsewhere it hides the values of authorization
 * headers and of telling names.
 *
 * People paste passwords with `@`, `/` and quotes in them, which `URL()` misreads, so it hides too much rather than too
 * little: everything up to the last `@` before a blank. A URL must not have blanks in it: `encodeCredentials` sees to that.
 * Takes time in proportion to the text.
 *
 * @example redact('rtsp://user:p@ss/word@cam/1') // 'rtsp://***@cam/1'
 * @example redact('rtsp://cam/user=me_password=x') // 'rtsp://cam/user=***'
 */
export function redact(text: string): string {
  return text
    .replace(HEADER, (_, name: string, colon: string, kind = '') => `${name}${colon}${kind}${HIDDEN}`)
    .replace(DIGEST, `$1${HIDDEN}`)
    .replace(DIGEST_PART, `$1="${HIDDEN}"`)
    .replace(BEARER, (found, before: string) => `${before}${HIDDEN}${closing(found)}`)
    .replace(BASIC, `$1${HIDDEN}`)
    .replace(JSON_MEMBER, `$1${HIDDEN}`)
    .replace(/\S+/g, redactWord);
}

/** `redact` for every text within plain data, so that what is hidden never takes a part of the structure along. */
export function redactValues<T>(value: T): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map(redactValues) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactValues(inner)])) as T;
}

/** A run of text without blanks. */
function redactWord(word: string): string {
  const url = (word.includes('@') ? SLOPPY_SCHEME : SCHEME).exec(word);
  const plain = PLAIN.exec(word);
  if (plain !== null && (url === null || plain.index < url.index)) return redactPlain(word, plain);
  if (url === null) return word;
  const start = url.index + url[0].length;
  const end = endOf(word, url.index, start);
  return word.slice(0, start) + redactUrl(url[0], word.slice(start, end)) + redactWord(word.slice(end));
}

/** `?a=b&c=d` or `password=x`, with nothing in front that would make it a URL. */
function redactPlain(word: string, { 0: found, 1: separator, index }: RegExpExecArray): string {
  // Cameras and screens of this machine have a size and a rate there.
  if (/^\W{0,3}(?:webcam|screen):/i.test(word)) return word;
  if (separator === undefined) {
    const end = endOf(word, index, index + found.length);
    return `${word.slice(0, index)}${found}${HIDDEN}${end === word.length ? closing(word) : word.slice(end)}`;
  }
  const opener = /^[^\w/?&]/.exec(word);
  const end = opener === null ? word.length : endOf(word, 1, index);
  const tail = end === word.length ? closing(word) : word.slice(end);
  return word.slice(0, index) + separator + redactQuery(word.slice(index + 1, end)) + tail;
}

/** Where what starts at `from` ends: at the last sign that closes what stands before it. */
function endOf(word: string, from: number, least: number): number {
  const closer = CLOSER[word[from - 1] ?? ''];
  const end = closer === undefined ? -1 : word.lastIndexOf(closer);
  return end < least ? word.length : end;
}

/** @param body - What follows the scheme. */
function redactUrl(scheme: string, body: string): string {
  if (/%/.test(scheme)) return HIDDEN;
  const isLocal = /^\\?\//.test(body);
  if (isLocal && /^file:/i.test(scheme)) return body;
  const at = isLocal ? -1 : body.lastIndexOf('@');
  if (at < 0) return redactPlace(body);
  const before = body.slice(0, at);
  const slash = before.indexOf('/');
  // An @ behind a ? or an = may be within a value: then what follows it is no host.
  if (/[?#]/.test(before) || (slash >= 0 && VALUE.test(before.slice(slash)))) return `${HIDDEN}@${HIDDEN}`;
  return `${HIDDEN}@${redactPlace(body.slice(at + 1))}`;
}

/** Host, path, query and fragment. */
function redactPlace(place: string): string {
  const tail = place.search(/[?#]/);
  const path = tail < 0 ? place : place.slice(0, tail);
  const value = VALUE.exec(path);
  if (value !== null) {
    const end = value.index + value[0].length;
    // With nothing behind it, it is no name but the padding of a base64 text.
    const shown = /^=?(?:[/:,.]|$)/.test(path.slice(end)) ? path.lastIndexOf('/', value.index) + 1 : end;
    return path.slice(0, shown) + HIDDEN + closing(place);
  }
  if (tail < 0 || tail === place.length - 1) return place;
  if (place[tail] === '#') return `${path}#${HIDDEN}${closing(place)}`;
  return `${path}?${redactQuery(place.slice(tail + 1))}${closing(place)}`;
}

/** The names stay, for what is called by a name one can tell apart. A part without a name is a value. */
function redactQuery(query: string): string {
  const parts = query.split('&').map((part) => {
    // A base64 text ends in the same sign.
    const name = /^[\w.~%[\]-]{1,64}=(?=[^=])/.exec(part)?.[0] ?? '';
    return name + HIDDEN;
  });
  return parts.join('&');
}

/** The sign of punctuation that ends a word, as in `rtsp://cam/?a=b: refused`. */
function closing(word: string): string {
  return /[:,.]$/.exec(word)?.[0] ?? '';
}
