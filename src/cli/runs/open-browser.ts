import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { note } from '../terminal/report.ts';

/** By then a browser has read the file that leads it to the page. */
const READ_MS = 60_000;

/**
 * Opens the page in the user's browser. A command line can be read by everybody on the machine, so a token does not go
 * there: the browser opens a file that only this user can read, which leads on to the page, with the token behind the
 * `#`, where the page looks for it. Best effort: a machine without a browser says so and goes on.
 *
 * @param url - Where the server listens.
 * @returns a function that removes the file, if there is one.
 */
export function openBrowser(url: string, token: string | undefined): () => void {
  const [command, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  const folder = token ? mkdtempSync(join(tmpdir(), 'heatbox-open-')) : undefined;
  const remove = () => folder !== undefined && rmSync(folder, { recursive: true, force: true });
  const address = pageAddress(url, token);
  const opened = folder === undefined ? address : join(folder, 'open.html');
  if (folder !== undefined) writeFileSync(opened, leadingTo(address), { mode: 0o600 });
  spawn(command!, [...args, opened], { stdio: 'ignore', detached: true })
    .on('error', () => note(`no browser could be opened: go to ${url}`))
    .unref();
  setTimeout(remove, READ_MS).unref();
  return () => void remove();
}

/** By loopback where the server listens everywhere: only there do browsers let a plain HTTP page decode video. */
function pageAddress(url: string, token: string | undefined): string {
  const page = new URL(url);
  if (page.hostname === '0.0.0.0' || page.hostname === '[::]') page.hostname = 'localhost';
  if (token) page.hash = new URLSearchParams({ token }).toString();
  return page.href;
}

/** A page that is left at once. `URL` and `URLSearchParams` have encoded quotes and angle brackets, but not `&`. */
function leadingTo(address: string): string {
  const target = address.replaceAll('&', '&amp;');
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${target}">
<title>heatbox</title>
<a href="${target}">heatbox</a>
`;
}
