import { describe, expect, test } from 'vitest';
import type { Rendition } from '../../../src/protocol/video.ts';
import { decodeMaps } from '../../../src/protocol/video-units.ts';
import { CONFIG, serveVideo, view } from './support/viewer.ts';

const WATCH = { type: 'watch' as const, decodes: ['avc1'] };
const unit = (index: number, key: boolean, bytes = 10) => ({
  ptsUs: index * 40_000,
  key,
  data: new Uint8Array(bytes).fill(index),
});
const times = (messages: readonly { ptsUs: number }[]) => messages.map(({ ptsUs }) => ptsUs / 40_000);

describe('a viewer', () => {
  test('waits for the source, then gets its video with the configuration in front', async () => {
    const { hub, server } = await serveVideo();
    const viewer = await view(server);
    viewer.send(WATCH);
    await viewer.until(() => viewer.said('waiting').length === 1);
    const feed = hub.feed('door');
    feed.config('source', CONFIG);
    feed.unit('source', unit(0, true));
    feed.unit('source', unit(1, false));
    await viewer.until(() => viewer.binary().length === 2);
    expect(viewer.got.map((message) => ('type' in message ? message.type : message.kind))).toEqual([
      'waiting',
      'rendition',
      'config',
      'unit',
      'unit',
    ]);
    expect(viewer.said('config')).toEqual([{ type: 'config', rendition: 'source', ...CONFIG }]);
    const [first] = viewer.binary();
    expect(first).toMatchObject({ kind: 'unit', key: true, ptsUs: 0 });
    expect([...first!.payload]).toEqual([...unit(0, true).data]);
    expect(Math.abs(first!.receivedMs - Date.now())).toBeLessThan(10_000);
  });

  test('who comes late begins at the newest keyframe', async () => {
    const { hub, server } = await serveVideo();
    const feed = hub.feed('door');
    feed.config('source', CONFIG);
    for (const index of [0, 1, 2, 3, 4, 5]) feed.unit('source', unit(index, index === 0 || index === 3));
    const viewer = await view(server);
    viewer.send(WATCH);
    await viewer.until(() => viewer.binary().length === 3);
    feed.unit('source', unit(6, false));
    await viewer.until(() => viewer.binary().length === 4);
    expect(times(viewer.binary())).toEqual([3, 4, 5, 6]);
  });

  test('gets nothing before a keyframe when the configuration changes', async () => {
    const { hub, server } = await serveVideo();
    const feed = hub.feed('door');
    feed.config('source', CONFIG);
    feed.unit('source', unit(0, true));
    const viewer = await view(server);
    viewer.send(WATCH);
    await viewer.until(() => viewer.binary().length === 1);
    feed.config('source', { ...CONFIG, session: 's2', codec: 'avc1.640028' });
    feed.unit('source', unit(1, false));
    feed.unit('source', unit(2, true));
    await viewer.until(() => viewer.binary().length === 2);
    expect(times(viewer.binary())).toEqual([0, 2]);
    expect(viewer.said('config').map(({ session, codec }) => [session, codec])).toEqual([
      ['s1', 'avc1.42c01e'],
      ['s2', 'avc1.640028'],
    ]);
    expect(viewer.said('rendition')).toHaveLength(1);
  });

  test('is moved to another rendition when the source becomes one it cannot decode', async () => {
    const { hub, server } = await serveVideo();
    const feed = hub.feed('door');
    feed.config('source', CONFIG);
    const viewer = await view(server);
    viewer.send(WATCH);
    await viewer.until(() => viewer.said('rendition').length === 1);
    feed.config('source', { ...CONFIG, codec: 'hev1.1.6.L93.B0' });
    await viewer.until(() => viewer.said('rendition').length === 2);
    feed.unit('source', unit(0, true));
    feed.config('transcoded', CONFIG);
    feed.unit('transcoded', unit(1, true));
    await viewer.until(() => viewer.binary().length === 1);
    expect(viewer.said('rendition')[1]!.rendition).toBe('transcoded');
    expect(times(viewer.binary())).toEqual([1]);
  });

  test('without a decoder gets pictures of each session, and maps', async () => {
    const { hub, server } = await serveVideo();
    const feed = hub.feed('door');
    feed.config('source', CONFIG);
    const viewer = await view(server);
    viewer.send({ type: 'watch', decodes: [] });
    await viewer.until(() => viewer.said('rendition').length === 1);
    const map = { label: 'tabby', track: 2, score: 0.5, rows: 1, cols: 2, data: Uint8Array.of(0, 255) };
    feed.maps(40_000, [map]);
    feed.jpeg('s1', 40_000, Uint8Array.of(1));
    feed.jpeg('s2', 0, Uint8Array.of(2));
    await viewer.until(() => viewer.binary().length === 3);
    expect(viewer.binary().map(({ kind, ptsUs }) => [kind, ptsUs])).toEqual([
      ['maps', 40_000],
      ['jpeg', 40_000],
      ['jpeg', 0],
    ]);
    expect(decodeMaps(viewer.binary()[0]!.payload)).toEqual([map]);
    expect(viewer.said('config').map(({ session, display }) => [session, display])).toEqual([
      ['s1', CONFIG.display],
      ['s2', null],
    ]);
  });

  test('who sends nonsense is told, then closed', async () => {
    const { server } = await serveVideo();
    const viewer = await view(server);
    for (const message of ['{', '{"type":"watch"}', '{"type":"dance"}']) viewer.send(message);
    expect((await viewer.closed).code).toBe(1008);
    expect(viewer.said('error').map(({ code }) => code)).toEqual(['bad-json', 'bad-message', 'bad-message']);
  });

  test('learns the time of the server', async () => {
    const { server } = await serveVideo();
    const viewer = await view(server);
    viewer.send({ type: 'clock', at: 12.5 });
    await viewer.until(() => viewer.said('clock').length === 1);
    const { at, now } = viewer.said('clock')[0]!;
    expect(at).toBe(12.5);
    expect(Math.abs(now - Date.now())).toBeLessThan(10_000);
  });

  test('of a stream that is over, or of none, is told so', async () => {
    const { hub, server } = await serveVideo();
    const feed = hub.feed('door');
    const viewer = await view(server);
    viewer.send(WATCH);
    await viewer.until(() => viewer.said('waiting').length === 1);
    feed.close();
    expect((await viewer.closed).code).toBe(1000);
    expect(viewer.said('ended')).toHaveLength(1);
    await expect(view(server, 'nowhere')).rejects.toThrow('404');
  });

  test('is asked to leave when the server stops', async () => {
    const { server } = await serveVideo();
    const viewer = await view(server);
    viewer.send(WATCH);
    await viewer.until(() => viewer.said('waiting').length === 1);
    await server.close();
    expect((await viewer.closed).code).toBe(1001);
  });
});

test('demand says which renditions are watched, while they are', async () => {
  const { hub, server } = await serveVideo();
  const feed = hub.feed('door');
  feed.config('source', CONFIG);
  const seen: string[] = [];
  const until = async (wanted: string) => expect.poll(() => seen.at(-1)).toBe(wanted);
  feed.demand.subscribe((renditions: ReadonlySet<Rendition>) => seen.push([...renditions].sort().join()));
  const [one, two] = [await view(server), await view(server)];
  one.send(WATCH);
  await until('source');
  two.send({ type: 'watch', decodes: [] });
  await until('jpeg,source');
  one.send({ type: 'pause' });
  await until('jpeg');
  one.send(WATCH);
  await until('jpeg,source');
  one.socket.close();
  two.socket.close();
  await until('');
  expect(seen[0]).toBe('');
});

describe('a viewer that does not read', () => {
  const limits = { aheadBytes: 200_000, stallSeconds: 2 };
  const big = 100_000;

  test('is skipped to a keyframe, told how much it missed, and hurts nobody', async () => {
    const { hub, server, metrics } = await serveVideo({ limits: { ...limits, stallSeconds: 60 } });
    const feed = hub.feed('door');
    feed.config('source', CONFIG);
    const [slow, quick] = [await view(server), await view(server)];
    for (const viewer of [slow, quick]) {
      viewer.send(WATCH);
      await viewer.until(() => viewer.said('config').length === 1);
    }
    slow.socket.pause();
    const skipped = async () => (await metrics.video.skipped.get()).values[0]?.value ?? 0;
    let sent = 0;
    while ((await skipped()) < 20) {
      feed.unit('source', unit(sent, sent % 10 === 0, big));
      sent++;
      await quick.until(() => quick.binary().length === sent);
    }
    slow.socket.resume();
    const missed = await skipped();
    await slow.until(() => slow.binary().length === sent - missed);
    const count = sent;
    for (; sent < count + 11; sent++) feed.unit('source', unit(sent, sent % 10 === 0, big));
    await slow.until(() => slow.binary().at(-1)?.ptsUs === (sent - 1) * 40_000);
    const [told] = slow.said('skipped');
    const behind = slow.got[slow.got.indexOf(told!) + 1];
    expect(told!.units).toBe(await skipped());
    expect(slow.binary().length + told!.units).toBe(sent);
    expect(behind).toMatchObject({ kind: 'unit', key: true });
  });

  test('for too long is closed', async () => {
    const { hub, server, metrics } = await serveVideo({ limits });
    const feed = hub.feed('door');
    feed.config('source', CONFIG);
    const viewer = await view(server);
    viewer.send(WATCH);
    await viewer.until(() => viewer.said('config').length === 1);
    viewer.socket.pause();
    let sent = 0;
    const pouring = setInterval(() => feed.unit('source', unit(sent, sent++ % 10 === 0, big)), 2);
    await expect.poll(async () => (await metrics.video.stalled.get()).values[0]?.value, { timeout: 20_000 }).toBe(1);
    clearInterval(pouring);
    viewer.socket.resume();
    expect((await viewer.closed).code).toBe(1013);
    const watching = async () => (await metrics.video.viewers.get()).values.filter(({ value }) => value > 0);
    await expect.poll(watching).toEqual([]);
  });
});
