import type { HeatboxEvent } from '../../protocol/events.ts';

/** One event of the log with its JSON, serialised once for everybody. */
export interface LogEntry {
  /** Its number. */
  readonly seq: number;
  /** The event itself. */
  readonly event: HeatboxEvent;
  /** UTF-8 JSON of the event, without a newline. */
  readonly data: Buffer;
  /** When it was published, milliseconds of `performance.now`; absent where it was read from disk. */
  readonly at?: number;
}

/** The newest entries, with gapless sequence numbers, in memory. */
export interface Ring {
  /** Sequence number of the oldest entry kept; `next` where there is none. */
  readonly first: number;
  /** Sequence number that comes next. */
  readonly next: number;
  /** Whether it holds as much as it may. */
  readonly full: boolean;
  /** Adds an entry, for which older ones go; of those above the number `seen` only from twice the memory on. */
  push(entry: LogEntry, seen: number): void;
  get(seq: number): LogEntry | undefined;
  /** Bytes of JSON from this number on; all that there are where it is older than `first`. */
  bytesFrom(seq: number): number;
}

/** What an entry takes of memory: its JSON, about as much again for the event as an object, and the entry itself. */
function footprint(jsonBytes: number, entries: number): number {
  return 2 * jsonBytes + 512 * entries;
}

/**
 * Makes a ring that keeps entries of about `maxBytes` of memory, however many those are, and always the last one. What
 * nobody has seen yet, since the disk is slow to take it, is kept beyond that: up to twice as much.
 */
export function createRing(firstSeq: number, maxBytes: number): Ring {
  let entries: (LogEntry | undefined)[] = [];
  let offsets: number[] = [];
  let head = 0;
  let base = firstSeq;
  let total = 0;

  return {
    get first() {
      return base + head;
    },
    get next() {
      return base + entries.length;
    },
    get full() {
      return entries.length > head && held() >= maxBytes;
    },
    push(entry, seen) {
      entries.push(entry);
      offsets.push(total);
      total += entry.data.length;
      while (head < entries.length - 1 && held() > (base + head > seen ? 2 : 1) * maxBytes) entries[head++] = undefined;
      if (head > 1024 && head * 2 > entries.length) compact();
    },
    get(seq) {
      return seq >= base + head ? entries[seq - base] : undefined;
    },
    bytesFrom(seq) {
      const offset = offsets[Math.max(seq - base, head)];
      return offset === undefined ? 0 : total - offset;
    },
  };

  function held(): number {
    return footprint(total - (offsets[head] as number), entries.length - head);
  }

  function compact(): void {
    entries = entries.slice(head);
    offsets = offsets.slice(head);
    base += head;
    head = 0;
  }
}
