import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { noBrowser, openPage } from '../events/support/chromium.ts';
import { serveVideo } from '../server/video/support/viewer.ts';
import { missing } from '../support/tools.ts';
import { movingSquare } from './support/moving-square.ts';
import { produce } from './support/producer.ts';

const STREAMS = ['front-door', 'yard', 'garage', 'loading-bay'];
/** A folder for pictures of every view, for people to look at. */
const SHOTS = process.env.HEATBOX_SHOTS;

describe.skipIf(noBrowser || missing('ffmpeg', '-version'))('the page', { timeout: 180_000 }, () => {
  async function open(streams: readonly string[]): Promise<Page> {
    const clip = await movingSquare('layout', 50, { width: 320, height: 240 }, '-g', '25');
    const { hub, server, log } = await serveVideo({ streams, server: { viewer: resolve('dist/web-viewer'), streams } });
    for (const stream of streams) produce({ feed: hub.feed(stream), log, stream, clips: [clip] });
    const page = await openPage();
    await page.goto(server.url);
    await page.locator('.tile[data-phase=live]').waitFor();
    return page;
  }

  test('fits four streams on a phone, upright and on its side, and its help too', async () => {
    const page = await open(STREAMS);
    await page.keyboard.press('g');
    await expect.poll(() => page.locator('.tile[data-phase=live]').count()).toBe(STREAMS.length);
    for (const [width, height] of [
      [390, 844],
      [844, 390],
      [1440, 900],
      [3840, 2160],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.waitForFunction(
        'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))',
      );
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const tiles = await Promise.all((await page.locator('.tile').all()).map((tile) => tile.boundingBox()));
      for (const tile of tiles) {
        expect(tile!.x + tile!.width).toBeLessThanOrEqual(width);
        expect(tile!.y + tile!.height).toBeLessThanOrEqual(height);
        expect(tile!.height).toBeGreaterThan(80);
      }
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/grid-${width}.png` });
      await page.keyboard.press('?');
      const help = (await page.getByRole('dialog').boundingBox())!;
      expect(help.x).toBeGreaterThanOrEqual(0);
      expect(help.x + help.width).toBeLessThanOrEqual(width);
      expect(help.y + help.height).toBeLessThanOrEqual(height);
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/help-${width}.png` });
      await page.keyboard.press('Escape');
      if (width === 3840) {
        const size = 'Number.parseFloat(getComputedStyle(document.body).fontSize)';
        expect(await page.evaluate(size)).toBeGreaterThanOrEqual(24);
      }
    }
  });

  test('has no serious or critical finding of axe on any view, light and dark', async () => {
    const page = await open(STREAMS.slice(0, 2));
    // Past the page's policy, which lets in no script of others.
    await page.evaluate(await readFile('node_modules/axe-core/axe.min.js', 'utf8'));
    await page
      .getByRole('button', { name: /square/ })
      .first()
      .click();
    const findings = async (view: string) =>
      (await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => ${JSON.stringify(view)} + ': ' + id + ' ' + nodes.map(({ html, any }) =>
          html.slice(0, 160) + (any[0]?.message ?? '')).join(' | ')))`)) as string[];
    const found: string[] = [];
    for (const theme of ['light', 'dark']) {
      await page.keyboard.press('Escape');
      if ((await page.evaluate('document.documentElement.dataset.theme')) !== theme) await page.keyboard.press('d');
      for (const tab of ['Tracks', 'Events', 'Classes', 'Display']) {
        await page.getByRole('tab', { name: tab }).click();
        found.push(...(await findings(`${theme} ${tab}`)));
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/${tab}-${theme}.png` });
      }
      await page.locator('.brand').click();
      await page.keyboard.press('g');
      found.push(...(await findings(`${theme} grid`)));
      await page.keyboard.press('g');
      await page.keyboard.press('?');
      found.push(...(await findings(`${theme} help`)));
    }
    expect(found).toEqual([]);
  });
});
