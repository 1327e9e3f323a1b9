import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';

const executablePath = process.env.HEATBOX_CHROMIUM ?? '/usr/bin/chromium';

/** Why tests in a browser cannot run here, or undefined. */
export const noBrowser = existsSync(executablePath) ? undefined : `there is no browser at ${executablePath}`;

if (noBrowser) console.warn(`skipping the tests in a browser: ${noBrowser}`);

export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  onTestFinished(() => browser.close());
  return browser;
}
