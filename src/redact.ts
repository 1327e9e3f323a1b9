/**
 * Takes user names and passwords out of every URL in a text.
 *
 * People do not escape their passwords, so everything between `scheme://` and the last `@` before white space or a quote
 * counts as user information: `rtsp://user:p@ss/word@host/path` becomes `rtsp://***@host/path`.
 */
export function redact(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s"'<>]*@/gi, '$1***@');
}
