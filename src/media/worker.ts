/** A media host's home in a worker thread: for files, with FFmpeg's synchronous calls. */
import { parentPort } from 'node:worker_threads';
import { toWire } from '../wire-error.ts';
import { quietLog, releaseLog } from './ffmpeg-log.ts';
import { runHost } from './host.ts';
import type { HostCommand, HostEvent } from './protocol.ts';

const port = parentPort!;
const queue: HostCommand[] = [];
let wake: ((command: HostCommand) => void) | undefined;

port.on('message', (command: HostCommand) => {
  if (wake === undefined) {
    queue.push(command);
    return;
  }
  const resolve = wake;
  wake = undefined;
  resolve(command);
});

const send = (event: HostEvent) => port.postMessage(event);
quietLog();
try {
  await runHost({
    send,
    poll: () => queue.shift(),
    next: () => {
      const command = queue.shift();
      return command !== undefined
        ? Promise.resolve(command)
        : new Promise((resolve) => {
            wake = resolve;
          });
    },
  });
} catch (error) {
  send({ type: 'failed', error: toWire(error) });
} finally {
  await releaseLog();
  port.close();
}
