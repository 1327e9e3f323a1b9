import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { noBrowser, openPage } from '../events/support/chromium.ts';
import { serveVideo } from '../server/video/support/viewer.ts';
import { keep } from '../support/at-end.ts';
import { missing } from '../support/tools.ts';
import { movingSquare } from './support/moving-square.ts';
import { produce } from './support/producer.ts';

const STREAMS = ['front-door', 'yard', 'garage', 'loading-bay'];
/** A folder for pictures of every view, for people to look at. */
const SHOTS = process.env.HEATBOX_SHOTS;

describe.skipIf(noBrowser || missing('ffmpeg', '-version'))('the page', { timeout: 60_000 }, () => {
  let page: Page;
  let url: string;
  const kept = keep();

  beforeAll(async () => {
    const clip = await movingSquare('layout', 50, { width: 320, height: 240 }, '-g', '25');
    page = await kept(async () => {
      const options = { viewer: resolve('dist/web-viewer'), streams: STREAMS };
      const { hub, server, log } = await serveVideo({ streams: STREAMS, server: options });
      for (const stream of STREAMS) produce({ feed: hub.feed(stream), log, stream, clips: [clip] });
      url = server.url;
      const opened = await openPage();
      // So that the notice about it is there too.
      await opened.addInitScript('delete window.VideoDecoder');
      return opened;
    });
    await page.goto(url);
    await page.locator('.tile[data-phase=live]').waitFor();
  });

  /** Another size, and two refreshes of the screen for the page to take it. */
  async function resize(width: number, height: number): Promise<void> {
    await page.setViewportSize({ width, height });
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  }

  test.each([
    ['a small phone', 360, 740],
    ['a tablet', 820, 1180],
    ['a notebook', 1280, 720],
    ['4K', 3840, 2160],
  ])('gives its picture the room there is on %s', async (_, width, height) => {
    await resize(width, height);
    const picture = (await page.locator('heatbox-player').boundingBox())!;
    // On small screens the picture is as wide as they are, on large ones it has most of the room.
    expect(picture.width).toBeGreaterThan(0.65 * width);
    if (width > 900) expect(picture.height).toBeGreaterThan(0.6 * height);
    expect(picture.y + picture.height).toBeLessThanOrEqual(height);
  });

  test('fits four streams on a phone, upright and on its side, and its help too', async () => {
    await page.keyboard.press('g');
    await expect.poll(() => page.locator('.tile[data-phase=live]').count()).toBe(STREAMS.length);
    for (const [width, height] of [
      [390, 844],
      [844, 390],
      [1440, 900],
      [3840, 2160],
    ] as const) {
      await resize(width, height);
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
    await page.keyboard.press('g');
  });

  /** Serious and critical findings of axe on what the page shows in both themes. */
  async function findings(view: string): Promise<string[]> {
    const found: string[] = [];
    for (const theme of ['light', 'dark']) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      // Colours that fade are not those that are read.
      await page.evaluate(`document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
        .forEach((one) => one.finish())`);
      const run = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => id + ' ' + nodes.map(({ html, any }) =>
          html.slice(0, 160) + (any[0]?.message ?? '')).join(' | ')))`;
      found.push(...((await page.evaluate(run)) as string[]).map((finding) => `${theme} ${view}: ${finding}`));
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${view.replaceAll(' ', '-')}-${theme}.png` });
    }
    return found;
  }

  // Past the page's policy, which lets in no script of others.
  const loadAxe = async () => page.evaluate(await readFile('node_modules/axe-core/axe.min.js', 'utf8'));

  test('has no serious or critical finding of axe on any view, light and dark', async () => {
    await resize(1440, 900);
    await loadAxe();
    const found: string[] = [];
    await page
      .getByRole('button', { name: /square/ })
      .first()
      .click();
    await page.getByRole('region', { name: 'Chosen track' }).waitFor();
    for (const tab of ['Events', 'Classes', 'Display', 'Tracks']) {
      await page.getByRole('tab', { name: tab }).click();
      found.push(...(await findings(tab)));
    }
    await page.locator('.notices', { hasText: 'single pictures' }).waitFor();
    await page.keyboard.press('s');
    await page.getByText('Picture saved').waitFor();
    await page.keyboard.press('k');
    await page.getByRole('button', { name: 'Go on live' }).first().waitFor();
    found.push(...(await findings('paused')));
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await resize(390, 844);
    found.push(...(await findings('grid on a phone')));
    await page.keyboard.press('?');
    found.push(...(await findings('help on a phone')));
    await page.keyboard.press('Escape');
    expect(found).toEqual([]);
  });

  test('has none either where it asks for a token, says why it shows nothing, or has no stream', async () => {
    const found: string[] = [];
    const viewer = resolve('dist/web-viewer');
    const guarded = await serveVideo({ server: { viewer, token: 'a-good-long-token' } });
    const idle = await serveVideo({ streams: [], server: { viewer, streams: [] } });
    for (const [view, address, words] of [
      ['token', guarded.server.url, 'This server lets in who has its token'],
      ['wrong token', `${guarded.server.url}/#token=another`, 'does not know this token'],
      ['refused', url.replace('127.0.0.1', 'foreign.localhost'), 'is not served here without a token'],
      ['no stream', idle.server.url, 'No stream yet'],
    ] as const) {
      await page.goto('about:blank');
      await page.goto(address);
      await page.getByText(words).waitFor();
      await loadAxe();
      found.push(...(await findings(view)));
    }
    expect(found).toEqual([]);
  });
});
