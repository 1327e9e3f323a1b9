/** A media host's home in a worker thread: for files, with FFmpeg's synchronous calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { toWire } from '../wire-error.ts';
import { describeInput } from './describe-input.ts';
import { runHost } from './host.ts';
import type { ThreadData } from './host-handle.ts';
import type { HostCommand, HostEvent } from './protocol.ts';

const port = parentPort!;
const { id, descriptionLock } = workerData as ThreadData;
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

function next(): Promise<HostCommand> {
  const command = queue.shift();
  if (command !== undefined) return Promise.resolve(command);
  return new Promise((resolve) => {
    wake = resolve;
  });
}

const send = (event: HostEvent) => port.postMessage(event);
try {
  await runHost({
    send,
    poll: () => queue.shift(),
    next,
    async describe(input) {
      describeInput(input, id, new Int32Array(descriptionLock));
      const command = await next();
      return command.type === 'described' ? command.pieces : undefined;
    },
  });
} catch (error) {
  send({ type: 'failed', error: toWire(error) });
} finally {
  port.close();
}
