import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { openBrowser } from '../../../src/cli/runs/open-browser.ts';

afterEach(() => vi.unstubAllEnvs());

/** What the command that opens a browser was given: a stand-in for it writes that down. */
async function opened(url: string, token: string | undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'heatbox-browser-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const seen = join(folder, 'seen');
  for (const name of ['xdg-open', 'open']) {
    await writeFile(join(folder, name), `#!/bin/sh\nprintf %s "$*" > "${seen}.part"\nmv "${seen}.part" "${seen}"\n`);
    await chmod(join(folder, name), 0o755);
  }
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
  const remove = openBrowser(url, token);
  onTestFinished(remove);
  const given = await vi.waitFor(() => readFile(seen, 'utf8'), 10_000);
  return { given, remove };
}

it('opens the page by its address where there is no token', async () => {
  expect((await opened('http://0.0.0.0:8080', undefined)).given).toBe('http://localhost:8080/');
});

it('puts nothing secret on a command line: the token is in a file that only its user can read, for a while', async () => {
  const { given, remove } = await opened('http://127.0.0.1:8080', 'a token & "more"');
  expect(given).not.toContain('token');
  const text = await readFile(given, 'utf8');
  expect(text).toContain('url=http://127.0.0.1:8080/#token=a+token+%26+%22more%22"');
  expect((await stat(given)).mode & 0o077).toBe(0);
  remove();
  expect(existsSync(given)).toBe(false);
});
