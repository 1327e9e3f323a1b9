/**
 * Returns the address of something on a heatbox server. The server may be served under any path, e.g. by a proxy at
 * `https://host/heatbox/`; with or without its last slash that path is kept. The server's query and fragment are not.
 *
 * @param path - From the server's root, e.g. `v1/events`. A leading slash makes no difference; it never leads elsewhere.
 * @throws TypeError if `server` is no URL
 * @example serverUrl('https://host/heatbox', 'v1/schema.json').href // 'https://host/heatbox/v1/schema.json'
 */
export function serverUrl(server: string | URL, path: string): URL {
  const base = new URL(server);
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return new URL(`./${path.replace(/^\/+/, '')}`, base);
}

/** As `serverUrl`, for a WebSocket: `http` becomes `ws` and `https` becomes `wss`. */
export function socketUrl(server: string | URL, path: string): URL {
  const url = serverUrl(server, path);
  url.protocol = url.protocol.replace('http', 'ws');
  return url;
}
