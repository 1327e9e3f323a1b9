import { SHARE_ENV, Worker } from 'node:worker_threads';
import { HeatboxError } from '../../error.ts';
import { threadLimits } from '../../threads/thread-limits.ts';
import { listenToLog } from '../frames/ffmpeg-log.ts';
import type { HostCommand, HostEvent } from '../protocol.ts';
import type { HostListeners } from './host-line.ts';
import { hostLine } from './host-line.ts';

/** The main thread's end of the line to a media host. */
export interface HostHandle {
  send(command: HostCommand): void;
  /** Sees every later event; `failed` becomes an error. @returns a function that ends it. */
  listen(next: (event: HostEvent) => void, error: (error: HeatboxError) => void): () => void;
  /** Asks the host to leave, and ends its thread where it does not within the grace time. */
  close(): Promise<void>;
}

/** A thread inside a long FFmpeg call cannot be ended; it is given this long to come back from it. */
const GRACE_MS = 5000;

/** What a media thread is started with. */
export interface ThreadData {
  readonly id: number;
  readonly descriptionLock: SharedArrayBuffer;
}

const descriptionLock = new SharedArrayBuffer(4);
let lastId = 0;

/** Starts a media host in a worker thread. */
export async function startHostThread(listeners: HostListeners): Promise<HostHandle> {
  const id = ++lastId;
  const line = hostLine(listeners);
  const stopListeningToLog = await listenToLog(id, {
    line: (level, message) => listeners.log?.(level, message),
    described: (pieces) => send({ type: 'described', pieces }),
  });
  const workerData: ThreadData = { id, descriptionLock };
  // Some encoders are told by the environment to be silent, which must be the process's own.
  const worker = new Worker(new URL('./thread-main.js', import.meta.url), {
    workerData,
    env: SHARE_ENV,
    resourceLimits: threadLimits,
  });
  let exited = false;
  const exit = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      exited = true;
      line.fail(new HeatboxError('MEDIA_HOST_GONE', 'the media thread ended before its work was done'));
      void stopListeningToLog().then(resolve);
    });
  });

  function send(command: HostCommand): void {
    worker.postMessage(command);
  }

  worker.on('error', (error) =>
    line.fail(new HeatboxError('MEDIA_HOST_FAILED', `the media thread failed: ${error.message}`, { cause: error })),
  );
  worker.on('message', line.receive);

  return {
    send,
    listen: line.listen,
    async close() {
      if (exited) return exit;
      send({ type: 'abort' });
      const timer = setTimeout(() => void worker.terminate(), GRACE_MS);
      await exit;
      clearTimeout(timer);
    },
  };
}
