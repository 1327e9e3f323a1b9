/**
 * The server of `bench/events/events.ts`: the real log and server, and in place of video and network a worker thread that
 * computes as long for each frame as a network would, and tracks made up for it. Talks to its parent over IPC.
 */
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { frameKeys } from '../../src/events/frame-key.ts';
import { openLog } from '../../src/events/log/log.ts';
import { trackEvents } from '../../src/events/track-events.ts';
import { createLogger } from '../../src/server/logger.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { startServer } from '../../src/server/server.ts';
import type { Track } from '../../src/types.ts';

export type ServerCommand =
  | { readonly type: 'analyse'; readonly seconds: number }
  | { readonly type: 'publish'; readonly seconds: number; readonly eventsPerSecond: number }
  /** Publishes so much at once, so that whoever does not read is behind. */
  | { readonly type: 'fill'; readonly megabytes: number }
  | { readonly type: 'stop' };

/** What happened while a command ran. */
export interface ServerReport {
  readonly frames: number;
  readonly events: number;
  readonly seconds: number;
  readonly memoryMegabytes: number;
  /** Share of one core that the server's process used, its analysis included. */
  readonly cpu: number;
}

const FRAME_MS = 30;
/** Computes for FRAME_MS on its own thread each time it is asked, as measured when it starts. */
const NETWORK = `
  const { parentPort } = require('node:worker_threads');
  const data = new Float32Array(4096).fill(0.5);
  const turn = () => { for (let i = 0; i < data.length; i++) data[i] = Math.sqrt(data[i] * 1.0001 + 0.1); };
  // The best of many short tries, since others may use the processor meanwhile.
  let perFrame = 0;
  for (let i = 0; i < 30; i++) {
    const began = performance.now();
    for (let n = 0; n < 500; n++) turn();
    perFrame = Math.max(perFrame, (500 * ${FRAME_MS}) / (performance.now() - began));
  }
  parentPort.on('message', () => {
    for (let i = 0; i < perFrame; i++) turn();
    parentPort.postMessage(data[0]);
  });
  parentPort.postMessage('ready');
`;
const SIZE = { width: 1280, height: 720 };
const STREAM = 'bench';
const TRACKS = 2;

const network = new Worker(NETWORK, { eval: true });
await once(network, 'message');
const folder = join(tmpdir(), `heatbox-bench-${process.pid}`);
const log = await openLog({
  disk: { folder, segmentBytes: 16e6, segmentSeconds: 3600, retainBytes: 128e6, retainSeconds: 3600 },
});
const server = await startServer({
  log,
  streams: [STREAM],
  host: '127.0.0.1',
  port: 0,
  logger: createLogger('error'),
  metrics: createMetrics(),
});
const label = (index: number) => ({ index, wnid: 'n02123045', name: 'tabby', names: ['tabby'] });
const events = trackEvents({ stream: STREAM, session: 'bench', labelOf: label });
const key = frameKeys();

process.on('message', (command: ServerCommand) => {
  if (command.type === 'stop') void stop();
  else if (command.type === 'fill') void fill(command.megabytes).then(() => process.send?.('filled'));
  else void run(command).then((report) => process.send?.(report));
});
process.send?.(server.url);

async function run(command: Extract<ServerCommand, { type: 'analyse' | 'publish' }>): Promise<ServerReport> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const firstSeq = log.newest + 1;
  let frames = 0;
  while (performance.now() < began + command.seconds * 1000) {
    if (command.type === 'analyse') {
      network.postMessage(0);
      await once(network, 'message');
      publishFrame(TRACKS);
    } else {
      // One event of the tracks and one of the frame: so many frames as make half as many events.
      const due = began + (frames * 2000) / command.eventsPerSecond;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      publishFrame(1);
    }
    frames++;
  }
  await log.flush();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1000;
  return {
    frames,
    events: log.newest + 1 - firstSeq,
    seconds,
    memoryMegabytes: process.memoryUsage.rss() / 2 ** 20,
    cpu: (user + system) / 1e6 / seconds,
  };
}

async function fill(megabytes: number): Promise<void> {
  const first = log.newest + 1;
  while (log.bytesFrom(first) < megabytes * 1e6) {
    publishFrame(50);
    await log.flush();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // So that the ends of all these tracks are not among what is measured.
  publishFrame(TRACKS);
  await log.flush();
}

/** The pts is the time of publishing, so that a client can tell how long an event was on its way. */
function publishFrame(count: number): void {
  const pts = (performance.timeOrigin + performance.now()) / 1000;
  const tracks = Array.from({ length: count }, (_, index): Track => {
    const x = 100 * index + (pts % 10) * 10;
    return {
      id: index + 1,
      classIndex: 281,
      score: 0.8,
      box: [x, 100, x + 90, 200],
      state: 'confirmed',
      measured: true,
      peak: { x: x + 45, y: 150 },
      velocity: { x: 10, y: 0 },
    };
  });
  for (const draft of events.frame({ pts, ptsUs: key(pts), size: SIZE, measured: true, tracks })) log.publish(draft);
}

async function stop(): Promise<void> {
  await server.close();
  await log.close();
  await network.terminate();
  const { rm } = await import('node:fs/promises');
  await rm(folder, { recursive: true, force: true });
  process.disconnect();
}
