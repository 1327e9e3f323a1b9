import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { WatchRun } from '../../pipelines/watch-live.ts';
import { events } from '../../src/client/node.ts';
import type { HeatboxEvent } from '../../src/protocol/events.ts';
import { scratch, shortSample, start } from '../support/heatbox.ts';
import {
  freePort,
  isRunning,
  mediaHosts,
  missingRtspServer,
  type RtspServer,
  rtspServer,
  tcpServer,
  watchLive,
} from '../support/live.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { run as command, missing } from '../support/tools.ts';

const IMPATIENT = {
  openWithin: 4000,
  stallAfter: 600,
  giveUpAfter: 800,
  firstWait: 100,
  longestWait: 300,
  healthyAfter: 60_000,
};

const files = scratch();
let model: string;
beforeAll(() => {
  model = writeTinyModel(files.path('model'));
});
afterAll(() => files.remove());

describe.skipIf(missingRtspServer())('a live source', () => {
  let server: RtspServer;
  let watching: WatchRun;
  afterEach(async () => {
    await watching?.close();
    await server?.kill();
    await expect.poll(() => mediaHosts()).toEqual([]);
  });

  /** Watches a source and what is published of it. */
  async function watch(source: string) {
    const seen: HeatboxEvent[] = [];
    watching = await watchLive({
      streams: [{ name: 'cam', source, stride: 1, policy: 'latest', loop: false, labels: ['red'], minScore: 0.01 }],
      model,
      engine: { threads: 1, batch: 1, batchWaitSeconds: 0 },
      server: { host: '127.0.0.1', port: 0 },
      patience: IMPATIENT,
      logger: pino({ level: 'silent' }),
    });
    const subscription = events(watching.url, {
      from: 1,
      filters: { types: ['stream.state', 'stream.started', 'frame'] },
    }).subscribe((event) => seen.push(event));
    onTestFinished(() => subscription.unsubscribe());
    const states = () => seen.flatMap((event) => (event.type === 'stream.state' ? [event] : []));
    const frames = () => seen.flatMap((event) => (event.type === 'frame' ? [event] : []));
    return {
      states,
      frames,
      until: (condition: () => boolean) => expect.poll(condition, { timeout: 20_000, interval: 50 }).toBe(true),
      /** Waits for this state to be the last. */
      becomes: (state: string) =>
        expect.poll(() => states().at(-1)?.state, { timeout: 20_000, interval: 50 }).toBe(state),
      /** Waits for frames of the newest session from now on. */
      async flows() {
        const before = seen.length;
        const session = () => states().at(-1)?.session;
        await expect
          .poll(() => seen.slice(before).some((event) => event.type === 'frame' && event.session === session()), {
            timeout: 20_000,
            interval: 50,
          })
          .toBe(true);
      },
    };
  }

  it('is found where it is, in every frame, and its pictures can be had', async () => {
    server = await rtspServer(await freePort());
    const { frames, until } = await watch(server.url);
    // How many of them the network sees depends on how busy the machine is.
    await until(() => frames().length > 60 && frames().filter(({ measured }) => measured).length > 10);
    const keys = frames().map(({ ptsUs }) => ptsUs);
    expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
    const found = frames().flatMap(({ tracks }) => tracks);
    expect(found.filter(({ label, state }) => label === 'red' && state === 'confirmed').length).toBeGreaterThan(10);
    const picture = await fetch(`${watching.url}/v1/streams/cam/snapshot.jpg`);
    expect(picture.headers.get('content-type')).toBe('image/jpeg');
  });

  it('comes back after its server was killed, was stopped, or stood still', async () => {
    const port = await freePort();
    server = await rtspServer(port);
    const { states, becomes, flows } = await watch(server.url);
    await becomes('live');
    await flows();

    await server.kill();
    await becomes('reconnecting');
    server = await rtspServer(port);
    await becomes('live');
    await flows();

    server.process.kill('SIGSTOP');
    await becomes('stalled');
    server.process.kill('SIGCONT');
    await becomes('live');
    await flows();

    server.process.kill('SIGSTOP');
    await becomes('reconnecting');
    server.process.kill('SIGCONT');
    await becomes('live');
    await flows();

    // One session for each connection, none used twice.
    const live = states().filter(({ state }) => state === 'live');
    expect(new Set(live.map(({ session }) => session)).size).toBe(3);
    const text = await (await fetch(`${watching.url}/metrics`)).text();
    expect(Number(/^heatbox_stream_restarts_total\{stream="cam"\} (\d+)/m.exec(text)?.[1])).toBeGreaterThanOrEqual(2);
  });

  it('goes on in another resolution, in mid-stream and after a restart', async () => {
    const port = await freePort();
    server = await rtspServer(port);
    const { states, frames, flows, until, becomes } = await watch(server.url);
    await flows();
    server.resize('240x240');
    await until(() => frames().at(-1)?.size.width === 240);
    expect(states().filter(({ state }) => state === 'live')).toHaveLength(1);
    expect(frames().at(-1)!.tracks[0]?.box[2] ?? 0).toBeLessThanOrEqual(240);

    await server.kill();
    server = await rtspServer(port, { size: '480x360', encoder: 'mjpeg' });
    await until(() => frames().at(-1)?.size.width === 480);
    await becomes('live');
  });

  it('comes back after garbage and after silence in its place', async () => {
    const port = await freePort();
    const garbage = await tcpServer((socket) => socket.on('data', () => socket.write(Buffer.alloc(4096, 0xa5))), port);
    const { states, becomes, flows } = await watch(`rtsp://127.0.0.1:${port}/live`);
    await becomes('reconnecting');
    await garbage.close();
    const silent = await tcpServer(() => {}, port);
    await expect
      .poll(() => states().some(({ reason }) => reason === 'no frame for 4 s'), { timeout: 20_000 })
      .toBe(true);
    await silent.close();
    server = await rtspServer(port);
    await becomes('live');
    await flows();
  });
});

describe('heatbox watch', () => {
  const args = (...more: string[]) => ['watch', '--port', '0', '--model', model, '--threads', '1', ...more];

  /** Starts it and waits until it has said something. */
  async function watching(said: string, ...more: string[]) {
    const running = start(args(...more));
    onTestFinished(() => void running.child.kill('SIGKILL'));
    const says = (text: string) =>
      expect.poll(() => running.heard(), { timeout: 20_000, interval: 50 }).toContain(text);
    await says(said);
    return { ...running, says };
  }

  it.each([
    ['while it connects', 'watch at', async () => `rtsp://127.0.0.1:${(await silentServer()).port}/x`],
    ['while it plays', 'live', async () => 'test:64x48'],
    ['while it waits to try again', 'reconnecting', async () => `rtsp://127.0.0.1:${await freePort()}/x`],
  ])('ends within 3 s of Ctrl-C %s, and nothing of it stays', async (_, said, source) => {
    const { child, outcome } = await watching(said, await source());
    const hosts = mediaHosts(child.pid!);
    const began = performance.now();
    child.kill('SIGINT');
    expect((await outcome).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(3000);
    expect(hosts.filter(isRunning)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('opens the page with its token, and puts it on no command line', async () => {
    const opened = files.path('opened');
    writeFileSync(files.path('xdg-open'), `#!/bin/sh\necho "$1" > ${opened}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${files.dir}:${process.env.PATH}`, HEATBOX_TOKEN: 'p@ss/word&%1' };
    const { child, heard } = start(args('--open', '--host', '0.0.0.0', 'test:64x48'), { env });
    onTestFinished(() => void child.kill('SIGKILL'));
    await expect.poll(() => existsSync(opened) && readFileSync(opened, 'utf8'), { timeout: 20_000 }).toMatch(/\n/);
    const path = readFileSync(opened, 'utf8').trim();
    expect(path).not.toContain('p@ss');
    expect(path).not.toContain(encodeURIComponent('p@ss'));
    const [, target] = /<a href="([^"]*)"/.exec(readFileSync(path, 'utf8'))!;
    const url = new URL(target!.replaceAll('&amp;', '&'));
    expect(new URLSearchParams(url.hash.slice(1)).get('token')).toBe(env.HEATBOX_TOKEN);
    expect((await fetch(url)).status).toBe(200);
    expect(heard()).not.toContain('p@ss');
  });

  async function silentServer() {
    const server = await tcpServer(() => {});
    onTestFinished(() => server.close());
    return server;
  }

  it.skipIf(missing('ffprobe', '-version'))('leaves a recording that plays, even when it is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heatbox-record-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'out.mp4');
    const { child, outcome } = await watching('live', 'test:160x120@25', '--record', file);
    const hosts = mediaHosts(child.pid!);
    const frames = () =>
      Number.parseInt(
        command(
          'ffprobe',
          ...['-v', 'error', '-count_frames', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', file],
        ),
        10,
      );
    await expect.poll(frames, { timeout: 20_000, interval: 200 }).toBeGreaterThanOrEqual(25);
    child.kill('SIGKILL');
    await outcome;
    await expect.poll(() => hosts.filter(isRunning), { timeout: 3000 }).toEqual([]);
    expect(frames()).toBeGreaterThanOrEqual(25);
  });

  it('says once that a file plays, however often it begins anew', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heatbox-loop-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { heard } = await watching('live', shortSample, '--loop', '--record', join(folder, 'out.mp4'));
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toContain('out-3.mp4');
    expect(heard().match(/: live/g)).toHaveLength(1);
  });

  it.each([
    ['none.mp4', 'SOURCE_NOT_FOUND'],
    ['text.mp4', 'SOURCE_(UNREADABLE|NO_VIDEO)'],
    ['text.txt', 'SOURCE_NO_VIDEO'],
    ['.', 'SOURCE_IS_FOLDER'],
    ['gopher://cam/1', 'SOURCE_SCHEME'],
    ['test:640', 'SOURCE_OPTION'],
    ['webcam:?zoom=3', 'SOURCE_OPTION'],
    ['webcam:/dev/video99', 'WEBCAM_ABSENT'],
    ['test:64x48 --input-size 100x60', 'BAD_INPUT_SIZE'],
    ['test:64x48 --record nowhere/x.mp4', 'OUTPUT_FOLDER_MISSING'],
    ['text.mp4 --record text.mp4 --force', 'OUTPUT_IS_INPUT'],
    ['test:64x48 --host 0.0.0.0', 'SERVER_INSECURE'],
    ['none.mp4 gopher://cam/1', '(SOURCE_NOT_FOUND|SOURCE_SCHEME)'],
  ])('ends with 2 for %s: %s', async (given, code) => {
    for (const name of ['text.mp4', 'text.txt']) writeFileSync(files.path(name), 'This is a letter.\n'.repeat(200));
    const { outcome, child } = start(args(...given.split(' ')), { cwd: files.dir });
    onTestFinished(() => void child.kill('SIGKILL'));
    const { code: exit, lines } = await outcome;
    expect(lines.at(-1)).toMatch(new RegExp(`^heatbox: ${code}: `));
    expect(exit).toBe(2);
  });

  it('goes on with the sources that are good', async () => {
    const { says, child, outcome } = await watching('SOURCE_NOT_FOUND', 'none.mp4', 'test:64x48');
    await says('test-64x48: live');
    child.kill('SIGINT');
    expect((await outcome).code).toBe(0);
  });
});
