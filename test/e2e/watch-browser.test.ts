import { pino } from 'pino';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { WatchRun } from '../../pipelines/watch-live.ts';
import { events } from '../../src/client/node.ts';
import type { EventOf } from '../../src/protocol/events.ts';
import { noBrowser } from '../events/support/chromium.ts';
import { scratch } from '../support/heatbox.ts';
import { freePort, missingRtspServer, type RtspServer, rtspServer, watchLive } from '../support/live.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { type Extent, type Seen, seen, watch } from '../web-viewer/support/watching.ts';

const files = scratch();
let model: string;
beforeAll(() => {
  model = writeTinyModel(files.path('model'));
});
afterAll(() => files.remove());

/** A red ball from a camera, found by a real network, in real pages. */
describe.skipIf(missingRtspServer() || noBrowser)('a camera in the browser', { timeout: 90_000 }, () => {
  let server: RtspServer;
  let watching: WatchRun;
  const published = new Map<string, EventOf<'frame'>>();

  afterEach(async () => {
    await watching?.close();
    await server?.kill();
    published.clear();
  });

  async function start(encoder: string): Promise<void> {
    server = await rtspServer(await freePort(), { encoder });
    watching = await watchLive({
      streams: [
        { name: 'door', source: server.url, stride: 1, policy: 'latest', loop: false, labels: ['red'], minScore: 0.01 },
      ],
      model,
      engine: { threads: 1, batch: 1, batchWaitSeconds: 0 },
      server: { host: '127.0.0.1', port: 0 },
      logger: pino({ level: 'silent' }),
    });
    const subscription = events(watching.url, {
      from: 1,
      delivery: 'every',
      filters: { types: ['frame'] },
    }).subscribe((event) => {
      if (event.type === 'frame') published.set(keyOf(event), event);
    });
    onTestFinished(() => subscription.unsubscribe());
  }

  const until = (page: Page, expression: string) => page.waitForFunction(expression, null, { timeout: 40_000 });
  const withBox = (frames: readonly Seen[]) => frames.filter(({ hasEvent }) => hasEvent);
  const rendition = (page: Page) => page.evaluate('states.at(-1)?.rendition');

  /** What is wrong with the shown frames that had their event. */
  const wrong = (frames: readonly Seen[]) =>
    withBox(frames).flatMap((frame) => mismatch(frame, published.get(keyOf(frame))) ?? []);

  it('plays as it is sent in four pages at once, each box on its own frame and on the ball, or as pictures', async () => {
    await start('h264-b');
    const pages = await Promise.all([
      ...[1, 2, 3].map(() => watch(watching.url)),
      watch(watching.url, { init: 'delete window.VideoDecoder' }),
    ]);
    await Promise.all(pages.map((page) => until(page, 'seen.filter(({ hasEvent }) => hasEvent).length > 40')));
    for (const page of pages) {
      const frames = await seen(page);
      expect(wrong(frames)).toEqual([]);
      expect(withBox(frames).filter(({ box }) => box !== null).length).toBeGreaterThan(30);
    }
    expect(await Promise.all(pages.map(rendition))).toEqual(['source', 'source', 'source', 'jpeg']);
  });

  it('plays what browsers do not take, and comes back after its camera was gone', async () => {
    await start('mjpeg');
    const page = await watch(watching.url);
    await until(page, 'seen.filter(({ hasEvent }) => hasEvent).length > 20');
    expect(await rendition(page)).toBe('transcoded');
    const port = Number(new URL(server.url.replace('rtsp', 'http')).port);
    await server.kill();
    server = await rtspServer(port, { size: '400x240' });
    const sessions = 'new Set(seen.map(({ session }) => session)).size';
    await until(
      page,
      `${sessions} > 1 && seen.filter(({ hasEvent, area }) => hasEvent && area.height < 230).length > 20`,
    );
    expect(await rendition(page)).toBe('source');
    expect(wrong(await seen(page))).toEqual([]);
  });
});

function keyOf({ session, ptsUs }: { session: string; ptsUs: number }): string {
  return `${session}/${ptsUs}`;
}

/** The drawn box must be that of the event of the same key, and the middle of the red within it where it was measured. */
function mismatch({ ptsUs, area, red, box }: Seen, event: EventOf<'frame'> | undefined): string | undefined {
  if (event === undefined) return `frame ${ptsUs}: shown with an event that was never published`;
  const [track, ...others] = event.tracks;
  // Further boxes have other colours.
  if (track?.id !== 1 || others.length > 0) return undefined;
  const scale = area.width / event.size.width;
  const drawn = track.box.map((side, index) => (index % 2 === 0 ? area.x : area.y) + side * scale) as unknown as Extent;
  if (!box?.every((side, index) => Math.abs(side - drawn[index]!) <= 2.5))
    return `frame ${ptsUs}: the box is ${box}, not ${drawn}`;
  if (!track.measured || red === null) return undefined;
  const [x, y] = [(red[0] + red[2]) / 2, (red[1] + red[3]) / 2];
  const inside = x > drawn[0] && x < drawn[2] && y > drawn[1] && y < drawn[3];
  return inside ? undefined : `frame ${ptsUs}: the ball at ${x},${y} is outside ${drawn}`;
}
