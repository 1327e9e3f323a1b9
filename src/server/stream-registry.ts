import type { Subscription } from 'rxjs';
import type { EventLog } from '../events/log/log.ts';
import type { EventOf } from '../protocol/events.ts';
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
  for (const name of names) streams.set(name, unknown(name));
  let next = log.newest + 1;

  const subscription = log.advanced.subscribe((newest) => {
    for (; next <= newest; next++) {
      const event = log.get(next)?.event;
      if (event?.type !== 'stream.started' && event?.type !== 'stream.state') continue;
      const { stream: name, session } = event;
      const { reason: _, ...before } = streams.get(name) ?? unknown(name);
      if (!streams.has(name) && streams.size >= MOST) continue;
      const change = event.type === 'stream.started' ? { size: event.size } : standing(event);
      streams.set(name, { ...before, session, ...change });
    }
  });
  return { list: () => [...streams.values()], has: (name) => streams.has(name), subscription };
}

function unknown(name: string): StreamStatus {
  return { name, state: 'connecting', session: null, size: null };
}

function standing({ state, reason }: EventOf<'stream.state'>): Pick<StreamStatus, 'state' | 'reason'> {
  return { state, ...(reason === null ? {} : { reason }) };
}
