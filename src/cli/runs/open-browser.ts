import { spawn } from 'node:child_process';
import { note } from '../terminal/report.ts';

/**
 * Opens the page in the user's browser, with the token behind the `#`, where the page looks for it. Best effort: a machine
 * without a browser says so and goes on.
 *
 * @param url - Where the server listens.
 */
export function openBrowser(url: string, token: string | undefined): void {
  const [command, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  spawn(command!, [...args, pageAddress(url, token)], { stdio: 'ignore', detached: true })
    .on('error', () => note(`no browser could be opened: go to ${url}`))
    .unref();
}

/** By loopback where the server listens everywhere: only there do browsers let a plain HTTP page decode video. */
function pageAddress(url: string, token: string | undefined): string {
  const page = new URL(url);
  if (page.hostname === '0.0.0.0' || page.hostname === '[::]') page.hostname = 'localhost';
  if (token) page.hash = new URLSearchParams({ token }).toString();
  return page.href;
}
