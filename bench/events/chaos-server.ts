/**
 * The server of `chaos-events`: `chaos-server <folder> <port> <session>`. Publishes 200 events a second into a log on disk
 * and serves them. It takes `{clock}` (steps its wall clock by so many milliseconds) and `{stop}` (publishes no more, and
 * answers `{newest}`), and ends with code 3 if the folder is another server's.
 */
import type { HeatboxError } from '../../src/error.ts';
import { openLog } from '../../src/events/log/log.ts';
import { createLogger } from '../../src/server/logger.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { startServer } from '../../src/server/server.ts';

const [folder = '', port = '0', session = 's'] = process.argv.slice(2);
const EVERY_MS = 10;
const AT_ONCE = 2;

let step = 0;
const wallClock = Date.now;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length > 0) super(...(given as [number]));
    else super(wallClock() + step);
  }
  static override now = () => wallClock() + step;
} as DateConstructor;

const log = await openLog({
  memoryBytes: 20_000_000,
  disk: { folder, segmentBytes: 20_000, segmentSeconds: 1e6, retainBytes: 1e9, retainSeconds: 86_400 },
}).catch((error: HeatboxError) => {
  process.send?.({ failed: error.code });
  process.exit(error.code === 'LOG_LOCKED' ? 3 : 1);
});
const server = await startServer({
  log,
  streams: ['chaos'],
  host: '127.0.0.1',
  port: Number(port),
  limits: { heartbeatSeconds: 0.5, lagBytes: 300_000 },
  logger: createLogger('silent'),
  metrics: createMetrics(),
});
const of = { stream: 'chaos', session };
log.publish({ ...of, type: 'stream.state', pts: null, ptsUs: null, state: 'live', reason: null });
let frame = 0;
const publishing = setInterval(() => {
  for (let i = 0; i < AT_ONCE; i++, frame++) {
    const [pts, ptsUs] = [frame / 200, frame * 5_000];
    const size = { width: 64, height: 48 };
    log.publish({ ...of, type: 'frame', pts, ptsUs, size, frame, measured: false, tracks: [] });
  }
}, EVERY_MS);

process.on('message', async (command: { clock?: number; stop?: true }) => {
  if (command.clock !== undefined) step += command.clock;
  if (!command.stop) return;
  clearInterval(publishing);
  await log.flush();
  process.send?.({ newest: log.newest, epoch: log.epoch });
});
process.on('disconnect', () => process.exit());
process.send?.({ port: Number(new URL(server.url).port) });
