import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { skipped } from '../../support/tools.ts';

const executablePath = process.env.HEATBOX_CHROMIUM ?? '/usr/bin/chromium';

/** What `skipIf` takes for tests in a browser. */
export const noBrowser =
  !existsSync(executablePath) && skipped(`tests in a browser, since there is none at ${executablePath}`);

export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  onTestFinished(() => browser.close());
  return browser;
}
