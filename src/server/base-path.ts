/**
 * Takes the path that a proxy serves the server under off a request's path, if it is there: a proxy may leave it or not.
 *
 * @param base - e.g. `/heatbox`, with or without a slash at its end; undefined for none.
 */
export function withoutBase(url: string, base: string | undefined): string {
  const prefix = base?.replace(/\/+$/, '');
  if (!prefix || !url.startsWith(prefix)) return url;
  const rest = url.slice(prefix.length);
  return rest === '' ? '/' : /^[/?]/.test(rest) ? rest.replace(/^\?/, '/?') : url;
}

/**
 * Returns the address of the page for who asked for its path without the slash at the end, relative to that; undefined for
 * any other request.
 *
 * @example addSlash('/a/heatbox?x', '/a/heatbox') // 'heatbox/?x'
 */
export function addSlash(url: string, base: string | undefined): string | undefined {
  const prefix = base?.replace(/\/+$/, '');
  const [path, ...query] = url.split('?');
  if (!prefix || path !== prefix) return undefined;
  return [`${prefix.replace(/^.*\//, '')}/`, ...query].join('?');
}

/** Says that there is nothing at an address, and what a proxy may have to do with it. */
export function nothingAt(url: string): string {
  const path = url.replace(/\?.*$/s, '').slice(0, 200);
  // Whoever asks for something under `/v1/` has found the server.
  const hint = path.startsWith('/v1/')
    ? ''
    : ': if a proxy leaves its path in, let it take that off, or set server.basePath';
  return `There is nothing at ${path} here${hint}`;
}
