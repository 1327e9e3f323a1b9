/**
 * `npm run bench passthrough`: what a viewer costs the server's processes, at 1080p25 H.264 and with the analysis off, where
 * it takes the source's own video and where that is transcoded for it.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { feedVideo } from '../../pipelines/feed-video.ts';
import { openLog } from '../../src/events/log/log.ts';
import { openLiveSource } from '../../src/media/source.ts';
import { createLogger } from '../../src/server/logger.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { serveStreams } from '../../src/server/server.ts';
import { createVideoHub } from '../../src/server/video/hub.ts';

const SECONDS = 12;
/** Of `/proc/<pid>/stat`, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

const folder = mkdtempSync(join(tmpdir(), 'heatbox-passthrough-'));
try {
  const clip = join(folder, 'clip.mp4');
  const picture = `testsrc2=s=1920x1080:r=25:d=${5 * SECONDS}`;
  const encoding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-b:v', '5M', '-g', '50'];
  spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', picture, ...encoding, '-pix_fmt', 'yuv420p', clip]);
  const [log, metrics, logger] = [await openLog(), createMetrics(), createLogger('silent')];
  const hub = createVideoHub({ streams: ['clip'], log, metrics, logger, drawOverlay: async (jpeg) => jpeg });
  const server = await serveStreams({
    host: '127.0.0.1',
    port: 0,
    streams: ['clip'],
    log,
    metrics,
    logger,
    video: hub,
  });
  const source = await openLiveSource({ input: clip });
  let codec = '';
  source.video.subscribe((event) => {
    if (event.type === 'config' && event.rendition === 'source') codec = event.config.codec;
  });
  feedVideo(source, 'session', hub.feed('clip'), false);
  const frames = source.frames({ inputSize: { width: 32, height: 32 }, policy: 'latest' }).subscribe();
  const host = Number(readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')[0]);
  const cpu = () => ownSeconds() + secondsOf(host);

  async function measure(name: string, refused?: string): Promise<number> {
    const viewer = refused === undefined ? undefined : await startViewer(refused);
    await wait(1500);
    if (viewer !== undefined) await ask(viewer);
    const [before, began] = [cpu(), performance.now()];
    await wait(SECONDS * 1000);
    const share = (cpu() - before) / ((performance.now() - began) / 1000);
    const got = viewer === undefined ? undefined : await ask(viewer);
    viewer?.kill();
    const seen = got === undefined ? '' : `  ${(got.messages / SECONDS).toFixed(1)} units/s, ${mega(got.bytes)} Mbit/s`;
    process.stdout.write(`${name.padEnd(24)} ${(100 * share).toFixed(1).padStart(5)} % of a core${seen}\n`);
    return share;
  }

  async function startViewer(refused: string): Promise<ChildProcess> {
    const url = `${server.url.replace('http', 'ws')}/v1/video/clip`;
    return fork(new URL('./passthrough-viewer.js', import.meta.url), [url, refused]);
  }

  const idle = await measure('no viewer');
  const passed = await measure('one, source', 'nothing');
  const transcoded = await measure('one, transcoded', codec);
  const more = (share: number) => `${(100 * (share - idle)).toFixed(1)} %`;
  process.stdout.write(`a viewer costs ${more(passed)} of a core, transcoding ${more(transcoded)}\n`);
  frames.unsubscribe();
  await source.close();
  await server.close();
  await log.close();
} finally {
  rmSync(folder, { recursive: true });
}

async function ask(viewer: ChildProcess): Promise<{ bytes: number; messages: number }> {
  viewer.send('count');
  const [answer] = await once(viewer, 'message');
  return answer;
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function secondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function mega(bytes: number): string {
  return ((bytes * 8) / SECONDS / 1e6).toFixed(1);
}
