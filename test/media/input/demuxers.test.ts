import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { InputFormat } from 'node-av/lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedDemuxers } from '../../../src/media/input/demuxers.ts';
import { readImage } from '../../../src/media/input/read-image.ts';
import { clip } from '../../support/clips.ts';
import { openLiveSource } from '../../support/live.ts';
import { readVideo } from '../../support/read-video.ts';
import { missing } from '../../support/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'heatbox-manifests-'));
const requests: string[] = [];
let server: Server;
let secret = '';

const hls = (media: string) =>
  `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MAP:URI="${media}"\n#EXTINF:1,\n${media}\n#EXT-X-ENDLIST\n`;
const plainHls = (media: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${media}\n#EXT-X-ENDLIST\n`;
const dash = (media: string) => `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" minBufferTime="PT1S"
 profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4">
<Representation id="0" bandwidth="1000" width="64" height="48"><BaseURL>${media}</BaseURL></Representation>
</AdaptationSet></Period></MPD>`;
const concat = (media: string) => `ffconcat version 1.0\nfile ${media}\n`;
const imf = '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"/>';

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

beforeAll(async () => {
  const made = await clip('secret.ts', [
    ...['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=0.4', '-c:v', 'libx264', '-bf', '0', '-f', 'mpegts'],
  ]);
  secret = join(folder, 'secret.ts');
  copyFileSync(made, secret);
  const whole = await clip('secret.mp4', [
    ...['-i', made, '-c', 'copy', '-movflags', 'frag_keyframe+empty_moov+default_base_moof+dash+global_sidx'],
  ]);
  copyFileSync(whole, join(folder, 'secret.mp4'));
  server = createServer((request, response) => {
    requests.push(request.url!);
    try {
      response.end(readFileSync(join(folder, basename(request.url!.replace(/\?.*/, '')))));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

const CLOTHED = [
  ['a DASH manifest with an absolute path', () => dash(join(folder, 'secret.mp4'))],
  ['a DASH manifest with a relative path', () => dash('secret.mp4')],
  ['an HLS playlist', () => plainHls('secret.ts')],
  ['an HLS playlist with an absolute path', () => hls(secret)],
  ['a list of files', () => concat('secret.ts')],
] as const;

describe.skipIf(missing('ffmpeg', '-version'))('a manifest in the clothing of a video reads no other file', () => {
  it.each(CLOTHED)('%s, as a file', (_what, text) => {
    for (const name of ['clip.mp4', 'clip.mkv', 'clip', 'clip.txt', 'clip.m3u8.mp4'])
      expect(() => readVideo(file(name, text()))).toThrow(
        expect.objectContaining({ code: 'SOURCE_IS_MANIFEST', kind: 'usage' }),
      );
  });

  it.each(CLOTHED)('%s, watched', async (_what, text) => {
    const opening = openLiveSource({ input: file('watched.mp4', text()) });
    await expect(opening).rejects.toMatchObject({ code: 'SOURCE_IS_MANIFEST' });
  });

  it('an SVG or an IMF composition neither', async () => {
    const picture = file('picture.png', '<svg xmlns="http://www.w3.org/2000/svg"><image href="secret.png"/></svg>');
    await expect(readImage(picture)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
    expect(() => readVideo(picture)).toThrow(/SOURCE|could not/);
    expect(() => readVideo(file('film.mp4', imf))).toThrow(/could not open/);
  });

  it('at a URL it makes no second request', async () => {
    file('remote.mp4', dash('secret.mp4'));
    const { port } = server.address() as AddressInfo;
    requests.length = 0;
    const opening = openLiveSource({ input: `http://127.0.0.1:${port}/remote.mp4` });
    await expect(opening).rejects.toThrow(/index\.m3u8/);
    expect(new Set(requests)).toEqual(new Set(['/remote.mp4']));
  });
});

describe.skipIf(missing('ffmpeg', '-version'))('a manifest that was asked for', () => {
  it.each([
    ['list.m3u8', () => plainHls('secret.ts')],
    ['list.mpd', () => dash('secret.mp4')],
    ['list.ffconcat', () => concat('secret.ts')],
  ] as const)('by its extension is read: %s', (name, text) => {
    expect(readVideo(file(name, text())).times).toHaveLength(10);
  });

  it('by its URL is read', async () => {
    file('index.m3u8', plainHls('secret.ts'));
    const { port } = server.address() as AddressInfo;
    const source = await openLiveSource({ input: `http://127.0.0.1:${port}/index.m3u8?token=1` });
    expect(source.info.container).toBe('hls');
    await source.close();
  });
});

describe('the demuxers that a source may use', () => {
  it('never open devices, sockets or scripts, and manifests only as asked', () => {
    const dangerous = ['lavfi', 'v4l2', 'x11grab', 'sdp', 'rtp', 'rtsp', 'imf', 'vobsub', 'avisynth', 'vapoursynth'];
    const inputs = ['a.mp4', 'a.m3u8', 'http://h/a.mp4', 'http://m3u8/a.mp4', 'http://h/a.ffconcat', 'rtmp://h/a'];
    const allowed = Object.fromEntries(inputs.map((input) => [input, allowedDemuxers(input).split(',')]));
    for (const names of Object.values(allowed)) {
      expect(names.filter((name) => dangerous.includes(name))).toEqual([]);
      expect(names).toContain('mov');
    }
    const manifests = (input: string) => allowed[input]!.filter((name) => ['hls', 'dash', 'concat'].includes(name));
    expect(inputs.map(manifests)).toEqual([[], ['hls'], [], [], [], []]);
    expect(allowedDemuxers('rtsp://h/a').split(',')).toContain('rtsp');
  });

  it('are those that this build has', () => {
    const unknown = allowedDemuxers('a.mp4')
      .split(',')
      .filter((name) => InputFormat.findInputFormat(name) === null);
    expect(unknown).toEqual([]);
  });
});
