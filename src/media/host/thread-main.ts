/** A media host's home in a worker thread: for files, with FFmpeg's synchronous calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { toWire } from '../../threads/wire-error.ts';
import { describeInput } from '../input/describe-input.ts';
import type { HostEvent } from '../protocol.ts';
import { commandQueue } from './command-queue.ts';
import { runHost } from './host.ts';
import type { ThreadData } from './host-thread.ts';

const port = parentPort!;
const { id, descriptionLock } = workerData as ThreadData;
const { push, poll, next } = commandQueue();

port.on('message', push);

const send = (event: HostEvent) => port.postMessage(event);
try {
  await runHost({
    send,
    poll,
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
