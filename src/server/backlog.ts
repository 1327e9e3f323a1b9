import { coalesceKey, type EventFilter } from '../events/filter.ts';
import type { LogEntry } from '../events/log/ring.ts';
import type { HeatboxEvent } from '../protocol/events.ts';
import type { Lag } from '../protocol/messages.ts';

/** An event to send, in the form the subscriber gets it. */
export interface Outgoing {
  readonly seq: number;
  readonly event: HeatboxEvent;
  readonly data: Buffer;
  /** When it was published, milliseconds of `performance.now`; absent where it was read from disk. */
  readonly at?: number;
}

export interface Backlog {
  /** What is left to send, in order. */
  readonly outgoing: readonly Outgoing[];
  /** What a newer value made needless, in order. */
  readonly dropped: readonly { readonly seq: number; readonly type: 'track.updated' | 'frame' }[];
}

/** What a subscriber gets of an entry. The JSON made for everybody is used unless the filter took tracks out. */
export function outgoing(entry: LogEntry, filter: EventFilter): Outgoing | undefined {
  const event = filter(entry.event);
  if (event === undefined) return undefined;
  if (event === entry.event) return entry;
  return { ...entry, event, data: Buffer.from(JSON.stringify(event)) };
}

/** Of events that wait for a slow subscriber, leaves the newest update of each track and the newest frame of each stream. */
export function coalesce(entries: readonly Outgoing[]): Backlog {
  const newest = new Map<string, number>();
  for (const { event, seq } of entries) {
    const key = coalesceKey(event);
    if (key !== undefined) newest.set(key, seq);
  }
  const kept: Outgoing[] = [];
  const dropped: { seq: number; type: 'track.updated' | 'frame' }[] = [];
  for (const entry of entries) {
    const key = coalesceKey(entry.event);
    if (key === undefined || newest.get(key) === entry.seq) kept.push(entry);
    else dropped.push({ seq: entry.seq, type: entry.event.type as 'track.updated' | 'frame' });
  }
  return { outgoing: kept, dropped };
}

/** The notice of what was dropped; undefined where nothing was. */
export function lagNotice(dropped: Backlog['dropped']): Lag | undefined {
  const [first] = dropped;
  const last = dropped.at(-1);
  if (!first || !last) return undefined;
  const frames = dropped.filter(({ type }) => type === 'frame').length;
  return {
    type: 'lag',
    from: first.seq,
    to: last.seq,
    dropped: { 'track.updated': dropped.length - frames, frame: frames },
  };
}
