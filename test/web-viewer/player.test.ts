import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from '../events/support/chromium.ts';
import { serveVideo } from '../server/video/support/viewer.ts';
import { missing } from '../support/tools.ts';
import { type Clip, FRAME_US, movingSquare } from './support/moving-square.ts';
import { isWithheld, produce } from './support/producer.ts';
import { mismatch, type Seen, seen, watch } from './support/watching.ts';

const viewer = resolve('dist/web-viewer');
const SIZE = { width: 320, height: 240 };
const WIDE = { width: 400, height: 240 };
const BOTH = { timeout: 25_000, interval: 200 };

describe.skipIf(noBrowser || missing('ffmpeg', '-version'))('the player', { timeout: 120_000 }, () => {
  let bFrames: Clip;
  let baseline: Clip;
  beforeAll(async () => {
    [bFrames, baseline] = await Promise.all([
      movingSquare('b-frames', 75, SIZE, '-profile:v', 'high', '-bf', '3', '-g', '25'),
      movingSquare('baseline', 75, WIDE, '-profile:v', 'baseline', '-g', '30'),
    ]);
  });

  const until = (page: Page, expression: string) => page.waitForFunction(expression, null, { timeout: 30_000 });
  const rendition = (page: Page) => page.evaluate('states.at(-1)?.rendition');
  const wrong = (frames: readonly Seen[]) =>
    frames.flatMap((frame) => mismatch(frame, frame.session === 's1' ? SIZE.width : WIDE.width) ?? []);

  test('draws each box on its own frame, through B-frames and a change of size and profile', async () => {
    expect(bFrames.units.some(({ ptsUs }, index) => ptsUs < (bFrames.units[index - 1]?.ptsUs ?? 0))).toBe(true);
    const { hub, server, log } = await serveVideo({ server: { viewer } });
    const page = await watch(server.url);
    produce({ feed: hub.feed('door'), log, clips: [bFrames, baseline] });
    await until(
      page,
      "seen.some(({ session }) => session === 's2') && seen.filter(({ hasEvent }) => hasEvent).length > 85",
    );
    const frames = await seen(page);
    expect(wrong(frames)).toEqual([]);
    const inOrder = frames.map(({ session, ptsUs }) => `${session}/${String(ptsUs).padStart(9, '0')}`);
    expect(inOrder).toEqual([...new Set(inOrder)].sort());
    const withBox = frames.filter(({ hasEvent }) => hasEvent);
    expect(withBox.length).toBeGreaterThan(80);
    expect(withBox.every(({ ptsUs }) => !isWithheld(ptsUs / FRAME_US))).toBe(true);
    expect(frames.length - withBox.length).toBeGreaterThan(5);
    expect(await rendition(page)).toBe('source');
    expect((await page.evaluate('numbers')) as object).toMatchObject({ skipped: 0 });
  });

  test('without WebCodecs shows pictures, with the same boxes, and says why', async () => {
    const { hub, server, log } = await serveVideo({ server: { viewer } });
    const page = await watch(server.url, { init: 'delete window.VideoDecoder' });
    produce({ feed: hub.feed('door'), log, clips: [bFrames] });
    await until(page, 'seen.filter(({ hasEvent }) => hasEvent).length > 30');
    // On a slow machine the clip has begun anew, as another session.
    expect(wrong((await seen(page)).filter(({ session }) => session === 's1'))).toEqual([]);
    expect(await rendition(page)).toBe('jpeg');
    expect(await page.evaluate('states.at(-1).trouble')).toContain('single pictures');
  });

  test('pauses, steps frame by frame, and goes on with what is live', async () => {
    const { hub, server, log } = await serveVideo({ server: { viewer } });
    const page = await watch(server.url);
    produce({ feed: hub.feed('door'), log, clips: [bFrames] });
    await until(page, 'seen.filter(({ hasEvent }) => hasEvent).length > 10');
    const before = (await page.evaluate('player.pause(), seen.length')) as number;
    for (let step = 1; step <= 5; step++) {
      await page.evaluate('player.step()');
      await until(page, `seen.length === ${before + step}`);
    }
    const frames = await seen(page);
    const steps = frames.slice(before - 1).map(({ ptsUs }, index, all) => ptsUs - (all[index - 1]?.ptsUs ?? 0));
    expect(steps.slice(1).filter((step) => step !== FRAME_US)).toEqual([]);
    await page.evaluate('player.play()');
    await until(page, `seen.length > ${before + 25}`);
    expect(wrong((await seen(page)).filter(({ session }) => session === 's1'))).toEqual([]);
  });

  test('finds its way back when the server is gone for a while', async () => {
    const first = await serveVideo({ server: { viewer } });
    const page = await watch(first.server.url);
    produce({ feed: first.hub.feed('door'), log: first.log, clips: [bFrames] });
    await until(page, 'seen.length > 10');
    await first.server.close();
    await until(page, "states.at(-1).phase === 'reconnecting'");
    const port = Number(new URL(first.server.url).port);
    const second = await serveVideo({ server: { viewer, port } });
    const before = (await seen(page)).length;
    produce({ feed: second.hub.feed('door'), log: second.log, clips: [bFrames] });
    await until(page, `seen.slice(${before}).filter(({ hasEvent }) => hasEvent).length > 10`);
    expect(wrong((await seen(page)).filter(({ session }) => session === 's1'))).toEqual([]);
  });

  test('in several pages at once, one of which stops reading, goes on in the others', async () => {
    const limits = { aheadBytes: 256 * 1024, stallSeconds: 2 };
    const { hub, server, log, metrics } = await serveVideo({ server: { viewer }, limits });
    const pages = await Promise.all([1, 2, 3].map(() => watch(server.url)));
    produce({ feed: hub.feed('door'), log, clips: [bFrames], padding: 60_000 });
    await Promise.all(pages.map((page) => until(page, 'seen.length > 10')));
    const [stuck, ...others] = pages as [Page, ...Page[]];
    // Nobody answers the question for as long as the test goes on: the page's thread waits.
    stuck.on('dialog', () => undefined);
    void stuck.evaluate("confirm('Go on?')").catch(() => undefined);
    const stalled = async () => (await metrics.video.stalled.get()).values[0]?.value;
    await expect.poll(stalled, BOTH).toBe(1);
    const counts = await Promise.all(others.map(async (page) => (await seen(page)).length));
    await Promise.all(others.map((page, index) => until(page, `seen.length > ${counts[index]! + 20}`)));
    for (const page of others) {
      const frames = await seen(page);
      expect(wrong(frames.filter(({ session }) => session === 's1'))).toEqual([]);
      expect(await page.evaluate('numbers.skipped')).toBe(0);
    }
  });
});
