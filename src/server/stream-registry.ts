import type { Subscription } from 'rxjs';
import type { EventLog } from '../events/log/log.ts';
import type { Hello } from '../protocol/messages.ts';

export type StreamStatus = Hello['streams'][number];

export interface StreamRegistry {
  list(): StreamStatus[];
  has(name: string): boolean;
  readonly subscription: Subscription;
}

const MOST = 1024;

/** Knows the present state of every stream: those named at the start and those that published since. */
export function streamRegistry(log: EventLog, names: readonly string[]): StreamRegistry {
  const streams = new Map<string, StreamStatus>();
  for (const name of names) streams.set(name, { name, state: 'connecting', session: null, size: null });
  let next = log.newest + 1;

  const subscription = log.advanced.subscribe((newest) => {
    for (; next <= newest; next++) {
      const event = log.get(next)?.event;
      if (event?.type !== 'stream.started' && event?.type !== 'stream.state') continue;
      const { stream: name, session } = event;
      const before = streams.get(name) ?? { name, state: 'connecting', session: null, size: null };
      if (!streams.has(name) && streams.size >= MOST) continue;
      const change = event.type === 'stream.started' ? { size: event.size } : { state: event.state };
      streams.set(name, { ...before, session, ...change });
    }
  });
  return { list: () => [...streams.values()], has: (name) => streams.has(name), subscription };
}
