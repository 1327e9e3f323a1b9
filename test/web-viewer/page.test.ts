import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EventLog } from '../../src/events/log/log.ts';
import { noBrowser, openPage } from '../events/support/chromium.ts';
import { syntheticStream } from '../events/support/synthetic.ts';
import { serveVideo } from '../server/video/support/viewer.ts';
import { keep } from '../support/at-end.ts';
import { missing } from '../support/tools.ts';
import { FRAME_US, MARGIN, movingSquare, SIDE, squareAt } from './support/moving-square.ts';
import { produce } from './support/producer.ts';

const TOKEN = 'a-good-long-token';

/** One page after another test: it takes seconds to open, and its users do not reload it between two keys either. */
describe.skipIf(noBrowser || missing('ffmpeg', '-version'))('the page', { timeout: 60_000 }, () => {
  let page: Page;
  let log: EventLog;
  /** A track that is in none of the pictures. */
  const another = syntheticStream({ session: 'another', tracks: 1 });
  const kept = keep();

  beforeAll(async () => {
    page = await kept(async () => {
      const clip = await movingSquare('b-frames', 75, { width: 320, height: 240 }, '-bf', '3', '-g', '25');
      const served = await serveVideo({ server: { viewer: resolve('dist/web-viewer'), token: TOKEN } });
      log = served.log;
      produce({ feed: served.hub.feed('door'), log, clips: [clip] });
      const opened = await openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
      await opened.goto(`${served.server.url}/#token=a%20wrong%20one`);
      return opened;
    });
  });

  const tracks = () => page.evaluate("document.querySelector('heatbox-player').tracks.length");
  const rows = () => page.locator('.tracks button').allTextContents();
  const pause = async () => {
    await page.keyboard.press(' ');
    await page.getByRole('button', { name: 'Go on live' }).first().waitFor();
  };
  const play = async () => {
    await page.keyboard.press(' ');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
  };

  test('asks for the token, and takes no other', async () => {
    await page.getByText('does not know this token').waitFor();
    await page.getByLabel('Token').fill('another token');
    await page.getByRole('button', { name: 'Watch' }).click();
    await page.getByText('does not know this token').waitFor();
    await page.getByLabel('Token').fill(TOKEN);
    await page.getByRole('button', { name: 'Watch' }).click();
    await page.locator('.tile[data-phase=live]').waitFor();
    expect(await page.evaluate('location.hash')).toBe('');
  });

  test('is run from the keyboard', async () => {
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
    await pause();
    while ((await tracks()) === 0) await page.keyboard.press('.');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('c');
    await page.getByText('copied as JSON').waitFor();
    const copied = JSON.parse((await page.evaluate('navigator.clipboard.readText()')) as string);
    const { x, y } = squareAt(copied.ptsUs / FRAME_US);
    expect(copied.track.box).toEqual([x - MARGIN, y - MARGIN, x + SIDE + MARGIN, y + SIDE + MARGIN]);
    await page.keyboard.press('Escape');
    await play();

    // A class that is taken out of the filter is drawn no more.
    await page.keyboard.press('/');
    await page.keyboard.type('squ');
    await page.getByRole('checkbox', { name: 'square' }).uncheck();
    await expect.poll(tracks).toBe(0);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await expect.poll(tracks).toBe(1);
    await page.getByRole('tab', { name: 'Tracks' }).click();
    await page.locator('.brand').click();
  });

  test('saves pictures of one second under two names', async () => {
    const names: string[] = [];
    for (let count = 0; count < 2; count++) {
      const saving = page.waitForEvent('download');
      await page.keyboard.press('s');
      const saved = await saving;
      const picture = await readFile((await saved.path())!);
      expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([320, 240]);
      names.push(saved.suggestedFilename());
    }
    for (const name of names) expect(name).toMatch(/^door \d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}\.png$/);
    expect(new Set(names).size).toBe(2);
  });

  test('lists what is in the picture, also while it is paused', async () => {
    await pause();
    while ((await tracks()) === 0) await page.keyboard.press('.');
    const listed = await rows();
    expect(listed).toHaveLength(1);
    expect(listed[0]).toMatch(/^square#1/);
    // What comes meanwhile is not in this picture. It has come when the page shows it among the events.
    for (const event of another.next()) if (event.type === 'track.started') log.publish(event);
    await expect.poll(() => page.locator('.events').textContent()).toContain('tabby#1 appeared');
    expect(await rows()).toEqual(listed);
    expect(await page.locator('.tracks .gone').count()).toBe(0);
    // Nor does time go on: a bar would leave the picture that it belongs to.
    const placed = () => page.locator('.strip').getAttribute('style');
    const before = await placed();
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    expect(await placed()).toBe(before);
    await play();
    await expect.poll(placed).not.toBe(before);
  });

  test('keeps the name of a track within the timeline, and tells of one that is over', async () => {
    const bar = page.locator('.bar', { hasText: 'tabby #1' });
    await bar.waitFor();
    // As if it had begun long before the last minute.
    const outside = (await page.evaluate(`(() => {
      const bar = [...document.querySelectorAll('.bar')].find((one) => one.textContent === 'tabby #1');
      bar.style.setProperty('--from', Number(bar.style.getPropertyValue('--from')) - 90);
      bar.style.setProperty('--for', 90);
      const { left } = bar.querySelector('.name').getBoundingClientRect();
      return document.querySelector('.timeline').getBoundingClientRect().left - left;
    })()`)) as number;
    expect(outside).toBeLessThanOrEqual(0);

    for (const event of another.end()) if (event.type === 'track.ended') log.publish(event);
    await page.locator('.bar.ended', { hasText: 'tabby #1' }).first().waitFor();
    await page.evaluate("document.querySelector('.bar.ended').click()");
    await page
      .getByText(/tabby #1, \d+ seconds ago, for \d+\.\d seconds/)
      .first()
      .waitFor();
  });

  test('shows a notice over the picture, which does not move', async () => {
    const measured = (await page.evaluate(`(() => {
      const notices = document.querySelector('.notices');
      const rects = () => [...document.querySelectorAll('.tile, .deck, .side')].map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        return [x, y, width, height];
      });
      const before = rects();
      const shown = notices.dataset.words;
      notices.dataset.words = 'x';
      notices.textContent = 'Boxes come late. '.repeat(20);
      const during = rects();
      const { height } = notices.getBoundingClientRect();
      notices.dataset.words = shown;
      notices.textContent = '';
      return { before, during, height };
    })()`)) as { before: number[][]; during: number[][]; height: number };
    expect(measured.height).toBeGreaterThan(20);
    expect(measured.during).toEqual(measured.before);
  });
});
