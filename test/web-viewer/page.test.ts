import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { launchBrowser, noBrowser } from '../events/support/chromium.ts';
import { serveVideo } from '../server/video/support/viewer.ts';
import { missing } from '../support/tools.ts';
import { FRAME_US, MARGIN, movingSquare, SIDE, squareAt } from './support/moving-square.ts';
import { produce } from './support/producer.ts';

const TOKEN = 'a-good-long-token';

describe.skipIf(noBrowser || missing('ffmpeg', '-version'))('the page', { timeout: 120_000 }, () => {
  /** The page of a server with one stream, `door`, its address bearing the token. */
  async function open(hash = `#token=${TOKEN}`): Promise<Page> {
    const browser = await launchBrowser();
    const clip = await movingSquare('b-frames', 75, { width: 320, height: 240 }, '-bf', '3', '-g', '25');
    const { hub, server, log } = await serveVideo({ server: { viewer: resolve('dist/web-viewer'), token: TOKEN } });
    produce({ feed: hub.feed('door'), log, clips: [clip] });
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await page.goto(`${server.url}/${hash}`);
    return page;
  }

  const live = (page: Page) => page.locator('.tile[data-phase=live]').waitFor();
  const tracks = (page: Page) => page.evaluate("document.querySelector('heatbox-player').tracks.length");

  test('asks for the token, and takes no other', async () => {
    const page = await open('');
    for (const [token, note] of [
      ['another token', 'does not know this token'],
      [TOKEN, undefined],
    ] as const) {
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Watch' }).click();
      if (note) await page.getByText(note).waitFor();
    }
    await live(page);
    expect(await page.evaluate('location.hash')).toBe('');
  });

  test('is run from the keyboard', async () => {
    const page = await open();
    await live(page);
    expect(await page.evaluate('location.hash')).toBe('');
    await page
      .getByRole('button', { name: /square/ })
      .first()
      .waitFor();

    await page.keyboard.press('h');
    await expect.poll(() => page.getByRole('button', { name: 'Heat map' }).getAttribute('aria-pressed')).toBe('true');
    const theme = await page.evaluate('document.documentElement.dataset.theme');
    await page.keyboard.press('d');
    expect(await page.evaluate('document.documentElement.dataset.theme')).not.toBe(theme);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    // The dialog's button keeps the focus until the next refresh of the screen.
    await page.waitForFunction('document.activeElement === document.body');

    // The box that is copied is that of the frame on the screen.
    await page.keyboard.press(' ');
    await page.getByRole('button', { name: 'Go on live' }).waitFor();
    while ((await tracks(page)) === 0) await page.keyboard.press('.');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('c');
    await page.getByText('copied as JSON').waitFor();
    const copied = JSON.parse((await page.evaluate('navigator.clipboard.readText()')) as string);
    const { x, y } = squareAt(copied.ptsUs / FRAME_US);
    expect(copied.track.box).toEqual([x - MARGIN, y - MARGIN, x + SIDE + MARGIN, y + SIDE + MARGIN]);

    const saving = page.waitForEvent('download');
    await page.keyboard.press('s');
    const picture = await readFile((await (await saving).path())!);
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([320, 240]);
    await page.keyboard.press(' ');
    await page.getByRole('button', { name: 'Pause' }).waitFor();

    // A class that is taken out of the filter is drawn no more.
    await page.keyboard.press('/');
    await page.keyboard.type('squ');
    await page.getByRole('checkbox', { name: 'square' }).uncheck();
    await expect.poll(() => tracks(page)).toBe(0);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await expect.poll(() => tracks(page)).toBe(1);
  });

  test('has a name for every control, and fits from a phone to 4K', async () => {
    const page = await open();
    await live(page);
    for (const tab of ['Tracks', 'Events', 'Classes', 'Display']) {
      await page.getByRole('tab', { name: tab }).click();
      const nameless = `[...document.querySelectorAll('button, input, select, canvas[role]')].filter((one) =>
        one.offsetParent && !(one.ariaLabel || one.textContent.trim() || one.labels?.length)).map((one) => one.outerHTML)`;
      expect(await page.evaluate(nameless)).toEqual([]);
    }
    for (const [width, height] of [
      [360, 740],
      [820, 1180],
      [1280, 720],
      [3840, 2160],
    ] as const) {
      await page.setViewportSize({ width, height });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const picture = (await page.locator('heatbox-player').boundingBox())!;
      // On small screens the picture is as wide as they are, on large ones it has most of the room.
      expect(picture.width).toBeGreaterThan(0.65 * width);
      if (width > 900) expect(picture.height).toBeGreaterThan(0.6 * height);
      expect(picture.y + picture.height).toBeLessThanOrEqual(height);
    }
  });
});
