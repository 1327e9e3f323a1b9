/**
 * `npm run bench latency [-- --minutes M]`, three runs: from the arrival of a frame's packet at the server until the frame and its box
 * are drawn in a real page, at 720p25 with the shipped network. The page runs on the same machine.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { watchLive } from '../../pipelines/watch-live.ts';
import { createLogger } from '../../src/server/logger.ts';
import { benchOptions } from '../options.ts';

const RUNS = 3;
const seconds = (benchOptions({ seed: 0, minutes: 3 }).minutes * 60) / RUNS;
const SAMPLE = 'samples/cockatoo.mp4';

/** In the page: notes when each frame was drawn. */
const NOTE = `
  window.shown = [];
  await import('/heatbox-player.js');
  const player = document.createElement('heatbox-player');
  player.setAttribute('stream', 'bird');
  player.style.cssText = 'width: 1280px; height: 720px';
  player.addEventListener('frameshown', ({ detail: { ptsUs, hasEvent } }) => shown.push([ptsUs, hasEvent, Date.now()]));
  document.body.replaceChildren(player);
`;

const folder = mkdtempSync(join(tmpdir(), 'heatbox-latency-'));
try {
  const clip = join(folder, 'bird.mp4');
  const encoding = ['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'];
  const rounds = String(Math.ceil((seconds + 20) / 11));
  spawnSync('ffmpeg', [
    ...[
      '-v',
      'error',
      '-itsscale',
      '0.8',
      '-i',
      SAMPLE,
      '-an',
      '-r',
      '25',
      ...encoding,
      '-g',
      '50',
      join(folder, 'one.mp4'),
    ],
  ]);
  spawnSync('ffmpeg', ['-v', 'error', '-stream_loop', rounds, '-i', join(folder, 'one.mp4'), '-c', 'copy', clip]);
  const differences: number[] = [];
  for (let run = 1; run <= RUNS; run++) differences.push(await measure(clip, run));
  const median = differences.sort((a, b) => a - b)[Math.floor(RUNS / 2)]!;
  process.stdout.write(`p95 less the network's p95, median of ${RUNS}: ${median.toFixed(0)} ms\n`);
} finally {
  rmSync(folder, { recursive: true });
}

/** @returns p95 from packet to picture less p95 of the network, milliseconds. */
async function measure(clip: string, run: number): Promise<number> {
  const received = new Map<number, number>();
  const network: number[] = [];
  let measured = 0;
  const watching = await watchLive({
    streams: [{ name: 'bird', source: clip, stride: 1, policy: 'latest', loop: false }],
    engine: { providers: ['cpu'] },
    server: { host: '127.0.0.1', port: 0 },
    logger: createLogger('silent'),
    onFrame(_, { ptsUs, receivedAt, localisations }) {
      received.set(ptsUs, receivedAt ?? Number.NaN);
      if (localisations !== undefined) measured++;
    },
    onStage(_, stage, milliseconds) {
      if (stage === 'network') network.push(milliseconds);
    },
  });
  const browser = await chromium.launch({
    executablePath: process.env.HEATBOX_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.goto(`${watching.url}/healthz`);
  await page.evaluate(`(async () => { ${NOTE} })()`);
  await wait(5000);
  await page.evaluate('shown.length = 0');
  network.length = 0;
  measured = 0;
  await wait(seconds * 1000);
  const shown = (await page.evaluate('shown')) as [ptsUs: number, hasEvent: boolean, at: number][];
  await browser.close();
  await watching.close();

  const times = shown.flatMap(([ptsUs, hasEvent, at]) => {
    const from = received.get(ptsUs);
    return hasEvent && from !== undefined ? [{ ptsUs, took: at - from }] : [];
  });
  const [first] = times;
  const minuteOf = (ptsUs: number) => Math.floor((ptsUs - first!.ptsUs) / 60e6);
  const byMinute = Array.from({ length: Math.ceil(seconds / 60) }, (_, minute) =>
    p95(times.filter(({ ptsUs }) => minuteOf(ptsUs) === minute).map(({ took }) => took)).toFixed(0),
  );
  const all = p95(times.map(({ took }) => took));
  process.stdout.write(
    `run ${run}: ${shown.length} frames shown, ${times.length} with their boxes, ${measured} analysed; ` +
      `p95 ${all.toFixed(0)} ms (by minute ${byMinute.join(' ')}), network p95 ${p95(network).toFixed(0)} ms\n`,
  );
  return all - p95(network);
}

function p95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(0.95 * values.length)] ?? Number.NaN;
}
