/**
 * `npm run bench soak`, second part: a live source whose media host is killed 200 times as soon as it is live, through the
 * whole of watch with a tiny network. What the process takes must be what it took after 10.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchLive } from '../../pipelines/watch-live.ts';
import { createLogger } from '../../src/server/logger.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { benchOptions } from '../options.ts';
import { head, row } from './soak-row.ts';

const RESTARTS = 200;
const { minutes } = benchOptions({ seed: 0, minutes: 60 });
const EVERY = [10, 50, 100, 150];

const folder = mkdtempSync(join(tmpdir(), 'heatbox-soak-'));
let restarts = 0;
let done = () => {};
const finished = new Promise<void>((resolve) => {
  done = resolve;
});
const began = performance.now();
process.stdout.write(head('restarts', 'children'));
try {
  const run = await watchLive({
    streams: [{ name: 'test', source: 'test:320x180@25', stride: 1, policy: 'latest', loop: false }],
    model: writeTinyModel(join(folder, 'model')),
    engine: { threads: 1, batch: 1, batchWaitSeconds: 0 },
    server: { host: '127.0.0.1', port: 0 },
    log: { memoryBytes: 2 ** 20 },
    patience: { firstWait: 20, longestWait: 20 },
    logger: createLogger('silent'),
    onPhase(_, phase) {
      if (phase !== 'live') return;
      const [host, ...others] = children();
      if (EVERY.includes(restarts) || restarts === RESTARTS)
        process.stdout.write(row(restarts, `${1 + others.length}`));
      if (restarts++ === RESTARTS || performance.now() - began > minutes * 60_000) done();
      // Let some frames through first.
      else setTimeout(() => process.kill(host!, 'SIGKILL'), 200);
    },
  });
  await finished;
  await run.close();
  process.stdout.write(`${restarts - 1} restarts in ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
} finally {
  rmSync(folder, { recursive: true });
}

function children(): number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
}
