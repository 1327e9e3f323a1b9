import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../events/support/chromium.ts';
import { serveVideo } from '../server/video/support/viewer.ts';
import { missing } from '../support/tools.ts';
import { type Clip, MARGIN, movingSquare, SIDE } from './support/moving-square.ts';
import { type ProducerOptions, produce } from './support/producer.ts';
import { seen, watch } from './support/watching.ts';

/** A computer that decodes eight pictures a second. */
const SLOW_DECODER = `
  const Real = VideoDecoder;
  window.VideoDecoder = class {
    static isConfigSupported = (config) => Real.isConfigSupported(config);
    #waiting = [];
    constructor(init) {
      this.real = new Real(init);
      this.timer = setInterval(() => this.#waiting.length > 0 && this.real.decode(this.#waiting.shift()), 125);
    }
    get state() { return this.real.state; }
    get decodeQueueSize() { return this.#waiting.length + this.real.decodeQueueSize; }
    configure(config) { this.real.configure(config); }
    decode(chunk) { this.#waiting.push(chunk); }
    flush() { return this.real.flush(); }
    close() { clearInterval(this.timer); this.real.close(); }
  };
`;

describe.skipIf(noBrowser || missing('ffmpeg', '-version'))('a player', { timeout: 60_000 }, () => {
  let clip: Clip;
  beforeAll(async () => {
    clip = await movingSquare('late', 50, { width: 320, height: 240 }, '-g', '25');
  });

  async function play(options: Partial<ProducerOptions> = {}, init?: string): Promise<Page> {
    const { hub, server, log } = await serveVideo({ server: { viewer: resolve('dist/web-viewer') } });
    const page = await watch(server.url, init === undefined ? {} : { init });
    produce({ feed: hub.feed('door'), log, clips: [clip], ...options });
    return page;
  }
  const until = (page: Page, expression: string) => page.waitForFunction(expression, null, { timeout: 30_000 });

  test('holds the last boxes, dimmed, while those of the frame are late', async () => {
    const page = await play({ lateMs: 500 });
    await until(page, 'seen.filter(({ hasEvent }) => !hasEvent).length > 20');
    // Bluer than the grey of the ground, and paler than a box of the frame itself.
    const dimmed = await page.evaluate(`(() => {
      const { data } = player.canvas.getContext('2d').getImageData(0, 0, 320, 240);
      let count = 0;
      for (let at = 0; at < data.length; at += 4) if (data[at + 2] - data[at] > 25 && data[at + 2] < 190) count++;
      return count;
    })()`);
    expect(dimmed).toBeGreaterThan(2 * (SIDE + 2 * MARGIN));
    expect((await seen(page)).filter(({ hasEvent, box }) => !hasEvent && box !== null)).toEqual([]);
  });

  test('waits for the boxes of each frame of a source that waits for the network', async () => {
    const page = await play({ lateMs: 1500, lossless: true });
    await until(page, 'seen.filter(({ hasEvent }) => hasEvent).length > 25');
    const frames = await seen(page);
    expect(frames.filter(({ hasEvent }) => !hasEvent).length).toBeLessThan(0.3 * frames.length);
    expect(await page.evaluate('states.at(-1).behindSeconds')).toBeUndefined();
  });

  test('that is behind says so, and skips to the newest keyframe', async () => {
    const long = await movingSquare('long', 250, { width: 320, height: 240 }, '-g', '25');
    const page = await play({ clips: [long] }, SLOW_DECODER);
    const jump = 'seen.findIndex(({ ptsUs }, at) => at > 0 && ptsUs - seen[at - 1].ptsUs >= 1e6)';
    await until(page, `${jump} > 0`);
    const { ptsUs } = (await page.evaluate(`seen[${jump}]`)) as { ptsUs: number };
    // The first of a group of 25.
    expect(ptsUs % 1e6).toBe(0);
    const told = (await page.evaluate('states.map(({ behindSeconds }) => behindSeconds ?? 0)')) as number[];
    expect(Math.max(...told)).toBeGreaterThanOrEqual(1.5);
    await until(page, 'numbers.passedOver > 10');
  });

  test('opens one socket for all attributes that are set in a row', async () => {
    const page = await play();
    await until(page, 'seen.length > 0');
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(new URL(socket.url()).pathname));
    await page.evaluate(`(() => {
      const another = document.createElement('heatbox-player');
      document.body.append(another);
      another.setAttribute('server', location.origin);
      another.setAttribute('token', 'none');
      another.setAttribute('stream', 'door');
      another.addEventListener('frameshown', () => { window.isShown = true; });
    })()`);
    await until(page, 'window.isShown');
    expect(sockets.sort()).toEqual(['/v1/events', '/v1/video/door']);
  });

  test('that is paused stays so when its page is hidden for a moment', async () => {
    const page = await play();
    await until(page, 'seen.length > 5');
    const isPaused = await page.evaluate(`(() => {
      player.pause();
      for (const hidden of [true, false]) {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }
      return player.isPaused;
    })()`);
    expect(isPaused).toBe(true);
  });
});
