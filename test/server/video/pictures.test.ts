import { get } from 'node:http';
import { expect, test } from 'vitest';
import type { EventOf } from '../../../src/protocol/events.ts';
import { signUrl } from '../../../src/server/access/signed-url.ts';
import type { VideoFeed } from '../../../src/server/video/feed.ts';
import { syntheticStream } from '../../events/support/synthetic.ts';
import { serveVideo } from './support/viewer.ts';

/** Gives a feed pictures for as long as somebody wants them, numbered from 0 at 25 a second. */
function giveJpegs(feed: VideoFeed, session: string): void {
  let timer: NodeJS.Timeout | undefined;
  let count = 0;
  feed.demand.subscribe((wanted) => {
    clearInterval(timer);
    if (wanted.has('jpeg'))
      timer = setInterval(() => {
        feed.jpeg(session, count * 40_000, Uint8Array.of(0xff, 0xd8, count));
        count++;
      }, 5);
  });
}

test('a snapshot is made when somebody asks for it', async () => {
  const { hub, server } = await serveVideo();
  giveJpegs(hub.feed('door'), 's1');
  const response = await fetch(`${server.url}/v1/streams/door/snapshot.jpg`);
  expect(response.headers.get('content-type')).toBe('image/jpeg');
  expect(response.headers.get('x-heatbox-pts-us')).toBe('0');
  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0xff, 0xd8, 0]);
});

test('a snapshot with overlay has the boxes of its own frame', async () => {
  const drawn: [number, EventOf<'frame'>][] = [];
  const { hub, server, log } = await serveVideo({
    drawOverlay: async (jpeg, frame) => {
      drawn.push([jpeg[2]!, frame]);
      return Buffer.from('drawn');
    },
  });
  const feed = hub.feed('door');
  giveJpegs(feed, 's1');
  const stream = syntheticStream({ session: 's1' });
  const events = setInterval(() => {
    for (const draft of stream.next()) log.publish(draft);
  }, 20);
  try {
    for (let round = 0; round < 3; round++) {
      const response = await fetch(`${server.url}/v1/streams/door/snapshot.jpg?overlay=1`);
      expect(await response.text()).toBe('drawn');
    }
  } finally {
    clearInterval(events);
  }
  expect(drawn).toHaveLength(3);
  for (const [number, frame] of drawn) expect(frame).toMatchObject({ session: 's1', ptsUs: number * 40_000 });
});

test('there is no snapshot where there is no stream', async () => {
  const { server } = await serveVideo();
  expect((await fetch(`${server.url}/v1/streams/door/snapshot.jpg`)).status).toBe(404);
  expect((await fetch(`${server.url}/v1/streams/yard/snapshot.jpg`)).status).toBe(404);
});

test('pictures behind a token stay behind it', async () => {
  const { hub, server } = await serveVideo({ server: { token: 'a good long token' } });
  giveJpegs(hub.feed('door'), 's1');
  for (const path of ['snapshot.jpg', 'snapshot.jpg?overlay=1', 'stream.mjpeg'])
    expect((await fetch(`${server.url}/v1/streams/door/${path}`)).status).toBe(401);
});

test('stream.mjpeg goes on for as long as it is read, and is no longer wanted then', async () => {
  const { hub, server } = await serveVideo();
  const feed = hub.feed('door');
  giveJpegs(feed, 's1');
  let wanted = false;
  feed.demand.subscribe((renditions) => {
    wanted = renditions.has('jpeg');
  });
  const text = await new Promise<string>((resolve, reject) => {
    const request = get(`${server.url}/v1/streams/door/stream.mjpeg`, (response) => {
      expect(response.headers['content-type']).toBe('multipart/x-mixed-replace; boundary=heatbox-picture');
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1');
        if (body.split('--heatbox-picture').length < 5) return;
        resolve(body);
        request.destroy();
      });
    }).on('error', reject);
  });
  expect(text).toContain('Content-Type: image/jpeg\r\nContent-Length: 3\r\n\r\n\xff\xd8\x00');
  await expect.poll(() => wanted).toBe(false);
});

const TOKEN = 'a-good-long-token';
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

test('pictures for programs that know Basic auth, or nothing but an address', async () => {
  const { hub, server } = await serveVideo({ server: { token: TOKEN } });
  giveJpegs(hub.feed('door'), 's1');
  const address = new URL('/v1/streams/door/snapshot.jpg', server.url);
  const status = async (url: URL, headers: Record<string, string> = {}) => (await fetch(url, { headers })).status;
  expect(await status(address, basic(`anybody:${TOKEN}`))).toBe(200);
  expect(await status(address, basic(`${TOKEN}:wrong`))).toBe(401);
  // `fetch` says that it is one, and a page of heatbox must not make its browser ask for a password.
  expect((await fetch(address)).headers.get('www-authenticate')).toBe('Bearer');
  const challenge = await new Promise((resolve) => {
    get(address, (response) => {
      response.resume();
      resolve(response.headers['www-authenticate']);
    });
  });
  expect(challenge).toContain('Basic realm="heatbox"');

  const later = new Date(Date.now() + 60_000);
  const signed = signUrl(address, TOKEN, later);
  expect(await status(signed)).toBe(200);
  expect(await status(signed, { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' })).toBe(200);
  expect((await fetch(signed)).headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  const changed = new URL(signed);
  changed.searchParams.set('expires', '99999999999');
  const added = new URL(signed);
  added.searchParams.set('overlay', '1');
  const elsewhere = new URL(signed.href.replace('/v1/streams/door/snapshot.jpg', '/metrics'));
  const outdated = signUrl(address, TOKEN, new Date(Date.now() - 2000));
  const foreign = signUrl(address, 'another-token', later);
  for (const url of [changed, added, elsewhere, outdated, foreign]) expect(await status(url)).toBe(401);
});

test.each([
  ['overlay=yes', 'overlay is 0 or 1, not "yes"'],
  ['overlay=1&overlay=0', 'overlay is 0 or 1'],
  ['overlays=1', 'no parameter "overlays"'],
])('a query that is not understood is said to be so: %s', async (query, words) => {
  const { hub, server } = await serveVideo();
  giveJpegs(hub.feed('door'), 's1');
  for (const path of ['snapshot.jpg', 'stream.mjpeg']) {
    const response = await fetch(`${server.url}/v1/streams/door/${path}?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining(words) });
  }
  expect((await fetch(`${server.url}/v1/streams/door/snapshot.jpg?overlay=0&_=17`)).status).toBe(200);
});

test('stream.mjpeg has the boxes of each picture if asked for them', async () => {
  const drawn: number[] = [];
  const { hub, server, log } = await serveVideo({
    drawOverlay: async (jpeg, frame) => {
      expect(frame.ptsUs).toBe(jpeg[2]! * 40_000);
      drawn.push(jpeg[2]!);
      return Buffer.from(`drawn ${jpeg[2]}`);
    },
  });
  giveJpegs(hub.feed('door'), 's1');
  const stream = syntheticStream({ session: 's1' });
  const events = setInterval(() => {
    for (const draft of stream.next()) log.publish(draft);
  }, 10);
  try {
    const text = await new Promise<string>((resolve, reject) => {
      let body = '';
      const request = get(`${server.url}/v1/streams/door/stream.mjpeg?overlay=1`, (response) => {
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString('latin1');
          if (body.split('drawn').length < 4) return;
          resolve(body);
          request.destroy();
        });
      }).on('error', reject);
    });
    expect(text).toContain(`drawn ${drawn[0]}`);
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
  } finally {
    clearInterval(events);
  }
});
