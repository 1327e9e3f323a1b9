import { fork } from 'node:child_process';
import { HeatboxError } from '../../error.ts';
import type { HostCommand, HostEvent } from '../protocol.ts';
import type { HostListeners } from './host-line.ts';
import { hostLine } from './host-line.ts';
import type { HostHandle } from './host-thread.ts';

/** A host that was asked to leave is given this long; then it is killed, whatever it is doing. */
const GRACE_MS = 1000;

/**
 * Starts a media host in a child process, for everything live or served: a call of FFmpeg that never returns, or one that
 * ends its process, costs the source alone. The process leaves by itself when this one is gone.
 */
export function startHostProcess(listeners: HostListeners): HostHandle {
  const line = hostLine(listeners);
  const child = fork(new URL('./process-main.js', import.meta.url), {
    serialization: 'advanced',
    // FFmpeg's lines come as events; what its libraries write past it goes nowhere.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
  let exited = false;
  const exit = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      exited = true;
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      line.fail(new HeatboxError('MEDIA_HOST_GONE', `the media process ended before its work was done, ${how}`));
      resolve();
    });
    child.once('error', (error) => {
      line.fail(new HeatboxError('MEDIA_HOST_FAILED', `the media process failed: ${error.message}`, { cause: error }));
      // Never started, so that nothing will exit.
      if (child.pid === undefined) {
        exited = true;
        resolve();
      }
    });
  });
  child.on('message', (event) => line.receive(event as HostEvent));

  function send(command: HostCommand): void {
    // It may be gone already, which its exit tells.
    if (child.connected) child.send(command, () => {});
  }

  return {
    send,
    listen: line.listen,
    async close() {
      if (exited) return;
      send({ type: 'abort' });
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await exit;
      clearTimeout(timer);
    },
  };
}
