import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, take, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LiveSource, SourceFrame, SourceOptions, VideoEvent } from '../../../src/media/source.ts';
import type { Rendition } from '../../../src/protocol/video.ts';
import { clip, SHORT } from '../../support/clips.ts';
import {
  freePort,
  isRunning,
  mediaHosts,
  missingRtspServer,
  openLiveSource,
  rtspServer,
  tcpServer,
} from '../../support/live.ts';
import { missing, run } from '../../support/tools.ts';

const inputSize = { width: 96, height: 64 };

async function open(options: SourceOptions): Promise<LiveSource> {
  const source = await openLiveSource(options);
  onTestFinished(() => source.close());
  return source;
}

/** Watches a source to its end, or for some frames. */
async function watch(source: LiveSource, renditions: readonly Rendition[], frames = Number.POSITIVE_INFINITY) {
  const seen: SourceFrame[] = [];
  const video: VideoEvent[] = [];
  source.video.subscribe((event) => video.push(event));
  source.demand(new Set(renditions));
  await lastValueFrom(
    source.frames({ inputSize, policy: 'lossless' }).pipe(
      tap((frame) => seen.push(frame)),
      take(frames),
    ),
  );
  const of = <T extends VideoEvent['type']>(type: T) =>
    video.filter((event) => event.type === type) as Extract<VideoEvent, { type: T }>[];
  return { frames: seen, configs: of('config'), units: of('unit'), pictures: of('picture') };
}

const times = (items: readonly { ptsUs: number }[]) => items.map(({ ptsUs }) => ptsUs).sort((a, b) => a - b);

describe('a source in a media host of its own process', () => {
  it('brings the frames of a file with their model inputs', async () => {
    const source = await open({ input: SHORT });
    expect(source.info.video.display).toEqual({ width: 320, height: 240 });
    const { frames, units, pictures } = await watch(source, []);
    expect(frames.map(({ index }) => index)).toEqual(Array.from({ length: 36 }, (_, index) => index));
    expect(frames.every(({ input }) => input?.data.length === 96 * 64 * 3)).toBe(true);
    expect(new Set(frames[9]!.input!.data).size).toBeGreaterThan(20);
    // Nobody asked for them.
    expect([units, pictures]).toEqual([[], []]);
    expect(await source.finished()).toMatchObject({ decoded: 36 });
  });

  it.skipIf(missing('ffmpeg', '-version'))(
    'passes packets on under the times of their frames, B-frames too, so that they can be decoded',
    async () => {
      const input = await clip('b-frames.mp4', [
        ...['-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=25:d=1.5', '-c:v', 'libx264', '-bf', '2', '-g', '12'],
      ]);
      const { frames, configs, units } = await watch(await open({ input }), ['source']);
      expect(configs).toEqual([
        expect.objectContaining({
          rendition: 'source',
          config: {
            codec: expect.stringMatching(/^avc1\.[0-9a-f]{6}$/),
            coded: { width: 160, height: 120 },
            display: { width: 160, height: 120 },
            rotation: 0,
          },
        }),
      ]);
      expect(times(units)).toEqual(times(frames));
      expect(units.map(({ ptsUs }) => ptsUs)).not.toEqual(times(units));
      expect(units.filter(({ key }) => key)).toHaveLength(4);
      // From any keyframe on it is a stream of its own.
      const second = units.findIndex(({ key }, index) => key && index > 0);
      expect(decodedBy(units.slice(second), 'h264')).toBe(units.length - second);
    },
  );

  it.skipIf(missingRtspServer())('passes on all of an RTSP stream with B-frames, from its first keyframe', async () => {
    const server = await rtspServer(await freePort(), { encoder: 'h264-b' });
    onTestFinished(() => server.kill());
    const { frames, configs, units } = await watch(await open({ input: server.url }), ['source'], 40);
    expect(configs).toHaveLength(1);
    expect(units[0]!.key).toBe(true);
    expect(units[0]!.ptsUs).toBe(frames[0]!.ptsUs);
    expect(times(units).slice(0, frames.length)).toEqual(times(frames));
    expect(new Set(frames.map(({ ptsUs }, index) => ptsUs - index * 40_000))).toEqual(new Set([units[0]!.ptsUs]));
    expect(decodedBy(units, 'h264')).toBe(units.length);
  });

  it.skipIf(missing('ffmpeg', '-version'))('makes H.264 of what browsers do not take, and JPEGs', async () => {
    const input = await clip('old.mpg', [
      ...['-f', 'lavfi', '-i', 'testsrc2=s=176x144:r=25:d=1', '-c:v', 'mpeg2video', '-bf', '0'],
    ]);
    const { frames, configs, units, pictures } = await watch(await open({ input }), ['source', 'transcoded', 'jpeg']);
    expect(configs.map(({ rendition, config }) => [rendition, config.codec])).toEqual([
      ['source', 'mpeg2video'],
      ['transcoded', expect.stringMatching(/^avc1\./)],
    ]);
    expect(units.every(({ rendition }) => rendition === 'transcoded')).toBe(true);
    expect(times(units)).toEqual(times(frames));
    expect(times(pictures)).toEqual(times(frames));
    expect(decodedBy(units, 'h264')).toBe(frames.length);
    expect([...pictures[0]!.jpeg.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  });

  it.skipIf(missing('ffmpeg', '-version'))(
    'counts the times of a raw stream with B-frames, and transcodes it',
    async () => {
      const input = await clip('untimed.h264', [
        ...['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=50:d=1', '-c:v', 'libx264', '-bf', '2'],
      ]);
      const { frames, configs, units } = await watch(await open({ input }), ['source', 'transcoded']);
      expect(frames).toHaveLength(50);
      const gaps = frames.slice(1).map(({ ptsUs }, index) => ptsUs - frames[index]!.ptsUs);
      expect(new Set(gaps)).toEqual(new Set([20_000]));
      // No browser takes it by that name.
      expect(configs[0]!.config.codec).toBe('h264');
      expect(units.every(({ rendition }) => rendition === 'transcoded')).toBe(true);
      expect(units).toHaveLength(50);
    },
  );

  it.skipIf(missing('ffmpeg', '-version'))('passes H.265 and VP9 on as they are wanted', async () => {
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=25:d=0.6'];
    const hevc = await clip('h265.mp4', [...picture, '-c:v', 'libx265', '-x265-params', 'log-level=none']);
    const vp9 = await clip('vp9.webm', [...picture, '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8']);
    const [fromHevc, fromVp9] = await Promise.all(
      [hevc, vp9].map(async (input) => watch(await open({ input }), ['source'])),
    );
    expect(fromHevc!.configs[0]!.config.codec).toMatch(/^hev1\.1\.6\.L\d+\./);
    expect(times(fromHevc!.units)).toEqual(times(fromHevc!.frames));
    expect(decodedBy(fromHevc!.units, 'hevc')).toBe(fromHevc!.frames.length);
    expect(fromVp9!.configs[0]!.config.codec).toBe('vp09.00.41.08');
    expect(times(fromVp9!.units)).toEqual(times(fromVp9!.frames));
  });

  it('plays a test pattern at its own pace', async () => {
    const source = await open({ input: 'test:64x48@20' });
    const began = performance.now();
    await lastValueFrom(source.frames({ inputSize, policy: 'latest' }).pipe(take(11)));
    expect(performance.now() - began).toBeGreaterThan(450);
  });

  it('turns a crash of FFmpeg into an error of the source', async () => {
    const source = await open({ input: 'test:64x48' });
    const [pid] = mediaHosts();
    const watching = lastValueFrom(
      source.frames({ inputSize, policy: 'latest' }).pipe(
        tap(({ index }) => {
          if (index === 3) process.kill(pid!, 'SIGSEGV');
        }),
      ),
    );
    await expect(watching).rejects.toMatchObject({
      code: 'MEDIA_HOST_GONE',
      message: expect.stringContaining('SIGSEGV'),
    });
    await source.close();
  });

  it('is gone within 3 s, whatever it is doing', async () => {
    const silent = await tcpServer(() => {});
    onTestFinished(() => silent.close());
    const leaving = new AbortController();
    const opening = openLiveSource({ input: `rtsp://127.0.0.1:${silent.port}/x` }, {}, leaving.signal);
    opening.catch(() => {});
    await expect.poll(() => mediaHosts()).toHaveLength(1);
    const began = performance.now();
    leaving.abort(new Error('enough'));
    await expect(opening).rejects.toThrow('enough');
    expect(mediaHosts()).toEqual([]);
    // One that does not even hear: stopped, so that it is killed after the grace.
    const source = await open({ input: 'test:64x48' });
    process.kill(mediaHosts()[0]!, 'SIGSTOP');
    await source.close();
    expect(mediaHosts()).toEqual([]);
    expect(performance.now() - began).toBeLessThan(6000);
  });

  it('leaves nobody behind when its parent is killed', async () => {
    const module = new URL('../../../dist/src/media/source.js', import.meta.url).href;
    const script = `const { openLiveSource } = await import('${module}');
      await openLiveSource({ input: 'test:64x48' }); console.log('open'); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    const [child] = mediaHosts(parent.pid!);
    expect(isRunning(child!)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isRunning(child!), { timeout: 3000 }).toBe(false);
  });
});

describe('what a source may reach', () => {
  let folder: string;
  const pages: Record<string, string | Buffer> = {};
  let base: string;
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'application/vnd.apple.mpegurl' }).end(page);
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heatbox-hostile-'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const playlist = (segment: string) =>
    `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${segment}\n#EXT-X-ENDLIST\n`;

  it.skipIf(missing('ffmpeg', '-version'))('keeps a playlist on the network from files and other schemes', async () => {
    const secret = await clip('secret.ts', ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=1', '-c:v', 'mpeg2video']);
    pages['/good.m3u8'] = playlist('good.ts');
    pages['/good.ts'] = readFileSync(secret);
    await open({ input: `${base}/good.m3u8` });
    for (const [name, segment] of [
      ['file', `file:${secret}`],
      ['path', `file://${secret}`],
      ['rtsp', 'rtsp://127.0.0.1:9/x'],
      ['concat', `concat:${secret}|${secret}`],
    ] as const) {
      pages[`/${name}.m3u8`] = playlist(segment);
      await expect(openLiveSource({ input: `${base}/${name}.m3u8` }), name).rejects.toMatchObject({
        code: 'SOURCE_UNREADABLE',
      });
    }
  });

  it.skipIf(missing('ffmpeg', '-version'))('keeps a playlist in a file from the network, not from files', async () => {
    let asked = false;
    const listener = await tcpServer(() => {
      asked = true;
    });
    onTestFinished(() => listener.close());
    const path = join(folder, 'list.m3u8');
    writeFileSync(path, playlist(`http://127.0.0.1:${listener.port}/x.ts`));
    await expect(openLiveSource({ input: path })).rejects.toMatchObject({ code: expect.stringMatching(/^SOURCE_/) });
    expect(asked).toBe(false);
    writeFileSync(
      path,
      playlist(await clip('near.ts', ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:d=1', '-c:v', 'mpeg2video'])),
    );
    await open({ input: path });
  });

  it('shows a password nowhere, raw or encoded', async () => {
    const refusing = await tcpServer((socket) => {
      socket.on('data', () =>
        socket.write('RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'),
      );
    });
    onTestFinished(() => refusing.close());
    const said: string[] = [];
    for (const scheme of ['rtsp', 'http']) {
      const input = `${scheme}://me:s3cr@t/w0rd@127.0.0.1:${refusing.port}/live`;
      const opening = openLiveSource(
        { input },
        { log: (_, line) => said.push(line), warning: (_, text) => said.push(text) },
      );
      const error = await opening.then(
        () => undefined,
        (failure: Error) => failure,
      );
      said.push(error!.message, String(error!.cause), error!.stack ?? '');
    }
    expect(said.join('\n')).toContain('***@127.0.0.1');
    expect(said.join('\n')).not.toMatch(/s3cr|w0rd/);
  });
});

/** The frames that the ffmpeg command decodes of a raw stream. */
function decodedBy(units: readonly { data: Uint8Array }[], format: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'heatbox-units-'));
  try {
    const file = join(folder, 'units');
    writeFileSync(file, Buffer.concat(units.map(({ data }) => data)));
    const text = run(
      'ffprobe',
      ...[
        '-v',
        'error',
        '-f',
        format,
        '-count_frames',
        '-show_entries',
        'stream=nb_read_frames',
        '-of',
        'csv=p=0',
        file,
      ],
    );
    return Number.parseInt(text, 10);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
