import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Pages } from './access/pages.ts';
import type { Http } from './http.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
};

/** What the page may load and talk to: its own server; not all browsers count its WebSockets to 'self'. */
const POLICY = [
  "default-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' blob: data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

/**
 * Serves the files of a folder, read once, to everybody: a page has no token before its user has typed it, and holds
 * nothing worth one. `index.html` is also at `/`. Files under `assets/` have their hash in their name and may be cached.
 *
 * @throws the file system's error where there is no such folder
 */
export function serveFiles(app: Http, folder: string, { frameAncestors }: Pages): void {
  const policy = `${POLICY}; ${frameAncestors}`;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length).replaceAll('\\', '/');
    const type = TYPES[extname(entry.name)];
    if (type === undefined) continue;
    const content = readFileSync(file);
    const caching = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    for (const url of path === '/index.html' ? ['/', path] : [path]) {
      app.get(url, { config: { public: true } }, (_, reply) =>
        reply
          .headers({ 'cache-control': caching, 'content-security-policy': policy, 'referrer-policy': 'no-referrer' })
          .type(type)
          .send(content),
      );
    }
  }
}
