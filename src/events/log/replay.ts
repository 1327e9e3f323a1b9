import type { HeatboxEvent } from '../../protocol/events.ts';
import { readLines } from './read-lines.ts';
import type { LogEntry, Ring } from './ring.ts';
import type { Segment } from './segments.ts';

/** A stretch of the log, in order: entries, or numbers that it no longer holds (`expired`) or never got (`missing`). */
export type Replayed =
  | { readonly kind: 'entries'; readonly entries: readonly LogEntry[] }
  | { readonly kind: 'gap'; readonly reason: 'expired' | 'missing'; readonly from: number; readonly to: number };

export interface ReplayParts {
  readonly ring: Pick<Ring, 'get' | 'first'>;
  /** Of the disk, oldest first; changes while a replay is under way. */
  readonly segments: readonly Segment[];
  /** Lowest number that can still be read. */
  readonly oldest: () => number;
}

const AT_ONCE = 256;

/**
 * Reads the events `from` to `to`, from memory where it has them, else from disk, in pieces: nothing is read ahead of
 * the consumer, who may take its time. Retention may overtake it; then it is told what it missed.
 */
export async function* replay(parts: ReplayParts, from: number, to: number): AsyncGenerator<Replayed> {
  const { ring, segments, oldest } = parts;
  let next = from;
  while (next <= to) {
    const before = next;
    for await (const entries of next >= ring.first ? fromMemory(ring, next, to) : fromDisk(parts, next, to)) {
      const first = (entries[0] as LogEntry).seq;
      if (first > next) yield { kind: 'gap', reason: 'missing', from: next, to: first - 1 };
      yield { kind: 'entries', entries };
      next = (entries.at(-1) as LogEntry).seq + 1;
    }
    if (next > before) continue;
    // Neither memory nor this number's segment has it: on to the next number that exists.
    const reason = next < oldest() ? 'expired' : 'missing';
    const following = segments.find(({ firstSeq }) => firstSeq > next)?.firstSeq ?? to + 1;
    const until = Math.min(following, ring.first > next ? ring.first : to + 1, to + 1) - 1;
    yield { kind: 'gap', reason, from: next, to: until };
    next = until + 1;
  }
}

function* fromMemory(ring: ReplayParts['ring'], from: number, to: number): Generator<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let seq = from; seq <= to && entries.length < AT_ONCE; seq++) {
    const entry = ring.get(seq);
    if (!entry) break;
    entries.push(entry);
  }
  if (entries.length > 0) yield entries;
}

/** What the segment with this number holds of the range, until memory has the rest. */
async function* fromDisk({ ring, segments }: ReplayParts, from: number, to: number): AsyncGenerator<LogEntry[]> {
  const segment = segments.findLast(({ firstSeq }) => firstSeq <= from);
  if (!segment) return;
  try {
    for await (const lines of readLines(segment.path)) {
      const entries = lines.map((line) => parse(line, from)).filter((entry) => entry !== undefined);
      const wanted = entries.filter(({ seq }) => seq <= to);
      yield* runs(wanted);
      const last = entries.at(-1)?.seq ?? 0;
      if (last >= to || (last > 0 && last + 1 >= ring.first)) return;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Splits entries wherever a number is left out. */
function* runs(entries: readonly LogEntry[]): Generator<LogEntry[]> {
  let run: LogEntry[] = [];
  for (const entry of entries) {
    const last = run.at(-1);
    if (last && entry.seq !== last.seq + 1) {
      yield run;
      run = [];
    }
    run.push(entry);
  }
  if (run.length > 0) yield run;
}

/** The start of every line the log writes; its number follows. */
const PREFIX = '{"v":1,"seq":';

/** An entry from its line; undefined for what is older than `from`, mostly without parsing it, and for damaged lines. */
function parse(data: Buffer, from: number): LogEntry | undefined {
  const head = data.toString('latin1', 0, PREFIX.length + 16);
  if (head.startsWith(PREFIX) && Number.parseInt(head.slice(PREFIX.length), 10) < from) return undefined;
  try {
    const event = JSON.parse(data.toString('utf8')) as HeatboxEvent;
    return Number.isSafeInteger(event.seq) && event.seq >= from ? { seq: event.seq, event, data } : undefined;
  } catch {
    return undefined;
  }
}
