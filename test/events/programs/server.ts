/**
 * A server with a log on disk and a synthetic producer: `server <folder> <port> <frames a second> <frames> <session>`.
 * Prints its URL when it listens. SIGTERM ends the frames early. Prints `done` when the last one is published, and goes
 * on serving until it is killed.
 */
import { openLog } from '../../../src/events/log/log.ts';
import { createLogger } from '../../../src/server/logger.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import { startServer } from '../../../src/server/server.ts';
import { syntheticStream } from '../support/synthetic.ts';

const [folder = '', port = '0', rate = '100', frames = '1000', session = 's1'] = process.argv.slice(2);
const log = await openLog({
  memoryBytes: 500_000,
  disk: { folder, segmentBytes: 200_000, segmentSeconds: 1e6, retainBytes: 1e9, retainSeconds: 1e6 },
});
const server = await startServer({
  log,
  streams: ['door'],
  host: '127.0.0.1',
  port: Number(port),
  logger: createLogger('warn'),
  metrics: createMetrics(),
});
console.log(server.url);

const stream = syntheticStream({ session, tracks: 3 });
for (const draft of stream.start()) log.publish(draft);
let isEnding = false;
process.on('SIGTERM', () => {
  isEnding = true;
});
const began = performance.now();
for (let frame = 0; frame < Number(frames) && !isEnding; frame++) {
  for (const draft of stream.next()) log.publish(draft);
  const due = began + ((frame + 1) * 1000) / Number(rate);
  await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
}
for (const draft of stream.end()) log.publish(draft);
await log.flush();
console.log('done');
