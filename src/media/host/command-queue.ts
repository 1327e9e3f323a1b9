import type { HostCommand } from '../protocol.ts';

/** The commands that have arrived at a media host and were not yet obeyed. For one reader at a time. */
interface CommandQueue {
  push(command: HostCommand): void;
  /** The next command, if one has arrived. */
  poll(): HostCommand | undefined;
  /** The next command, when it arrives. */
  next(): Promise<HostCommand>;
}

export function commandQueue(): CommandQueue {
  const queue: HostCommand[] = [];
  let wake: ((command: HostCommand) => void) | undefined;
  return {
    push(command) {
      if (wake === undefined) {
        queue.push(command);
        return;
      }
      const resolve = wake;
      wake = undefined;
      resolve(command);
    },
    poll: () => queue.shift(),
    next() {
      const command = queue.shift();
      if (command !== undefined) return Promise.resolve(command);
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
  };
}
