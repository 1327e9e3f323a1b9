import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { atEnd } from '../../support/at-end.ts';
import { skipped } from '../../support/tools.ts';

const executablePath = process.env.HEATBOX_CHROMIUM ?? '/usr/bin/chromium';

/** What `skipIf` takes for tests in a browser. */
export const noBrowser =
  !existsSync(executablePath) && skipped(`tests in a browser, since there is none at ${executablePath}`);

let browser: Promise<Browser> | undefined;
// A browser takes seconds to start: all tests of a file share one.
afterAll(async () => {
  await (await browser)?.close();
  browser = undefined;
});

/** Opens a page that shares nothing with others, in a process of its own; it is gone when the test is. */
export async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  browser ??= chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const context = await (await browser).newContext(options);
  atEnd(() => context.close());
  return context.newPage();
}
