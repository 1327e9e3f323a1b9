import { BehaviorSubject, type Observable, Subject } from 'rxjs';
import { HeatboxError } from '../../error.ts';
import { logOptions } from '../../options/server.ts';
import { PROTOCOL_VERSION } from '../../protocol/constants.ts';
import { type EventDraft, eventSchema, type HeatboxEvent } from '../../protocol/events.ts';
import { redact } from '../../text/redact.ts';
import { type DiskOptions, openDisk } from './disk.ts';
import { type Replayed, replay } from './replay.ts';
import { createRing, type LogEntry } from './ring.ts';
import { type DiskWriter, type LogHealth, startWriter } from './writer.ts';

/** Options of {@link openLog}. */
export interface LogOptions {
  /** Memory for the newest events, about twice their JSON; default 32 MiB. */
  readonly memoryBytes?: number;
  /** Where to keep events on disk; without it they live in memory alone, under a new epoch each start. */
  readonly disk?: DiskOptions;
}

/** The numbered events of a server: whoever subscribes reads them from here, never from the producer. */
export interface EventLog {
  /** Names this counting of numbers; the same over restarts where there is a disk. */
  readonly epoch: string;
  /** Lowest number that can still be read; `newest + 1` where there is none. */
  readonly oldest: number;
  /** Highest number that is in the log for everybody to see: its write is complete. */
  readonly newest: number;
  /** Bytes that recovery cut off the end of the disk's last segment. */
  readonly cut: number;
  /** Emits `newest` whenever it has grown. Completes when the log is closed. */
  readonly advanced: Observable<number>;
  /** Whether events reach the disk. */
  readonly health: Observable<LogHealth> & { readonly value: LogHealth };
  /** Updates and frames that were refused because the disk could not keep up, so far. */
  readonly refused: number;
  /**
   * Numbers an event and queues it for writing.
   *
   * @throws HeatboxError `EVENT_INVALID` for what does not match the schema, `LOG_CLOSED`.
   */
  publish(draft: EventDraft): void;
  /** An event from memory; undefined where memory no longer has it or it is not yet written. */
  get(seq: number): LogEntry | undefined;
  /** Bytes of JSON between this number and the newest. */
  bytesFrom(seq: number): number;
  /** Reads a range, from disk where memory no longer has it; says which parts are gone. */
  replay(from: number, to: number): AsyncGenerator<Replayed>;
  /** Resolves when all that was published is written. */
  flush(): Promise<void>;
  /** Writes what is left and lets go of the folder. */
  close(): Promise<void>;
}

const MEMORY_BYTES = logOptions.memoryMegabytes.default * 1_048_576;

/** How long events are held back before the disk is tried again, milliseconds. */
const HELD_MS = 1_000;

/**
 * Opens the event log.
 *
 * What is guaranteed: an event is written (the system call is complete) before `newest` reaches it. It so outlives the
 * death of the process. A power failure may take the last seconds, since lines are not synced one by one; their numbers
 * are not used again. When writing fails (disk full, folder gone) the log goes on in memory, says so in `health`, and
 * tries again with growing pauses; what memory still holds by then is written late, what it does not is a hole on disk.
 * If the disk cannot even be told that it lacks events, they are held back until it can.
 */
export async function openLog({ memoryBytes = MEMORY_BYTES, disk: options }: LogOptions = {}): Promise<EventLog> {
  const disk = options && (await openDisk(options));
  const ring = createRing(disk?.nextSeq ?? 1, memoryBytes);
  const advanced = new Subject<number>();
  const health = new BehaviorSubject<LogHealth>({ state: 'ok' });
  const writer: DiskWriter | undefined = disk && startWriter({ disk, ring, health });
  const epoch = disk?.state.epoch ?? crypto.randomUUID();
  let newest = ring.next - 1;
  let refused = 0;
  let closed = false;
  let running: Promise<void> | undefined;
  let held: NodeJS.Timeout | undefined;

  return {
    epoch,
    cut: disk?.cut ?? 0,
    advanced,
    health,
    get oldest() {
      return oldest();
    },
    get newest() {
      return newest;
    },
    get refused() {
      return refused;
    },
    publish(draft) {
      if (closed) throw new HeatboxError('LOG_CLOSED', `The log is closed; ${draft.type} came too late`);
      // Memory is full of what the disk has not taken yet: better a number less than an event lost under its number.
      const isDispensable = draft.type === 'track.updated' || draft.type === 'frame';
      if (isDispensable && ring.full && ring.first > newest) {
        refused++;
        return;
      }
      const event = number(draft, ring.next);
      const entry = { seq: event.seq, event, data: Buffer.from(JSON.stringify(event)), at: performance.now() };
      ring.push(entry, newest);
      running ??= Promise.resolve().then(advance);
    },
    get: (seq) => (seq <= newest ? ring.get(seq) : undefined),
    bytesFrom: (seq) => Math.max(0, ring.bytesFrom(seq) - ring.bytesFrom(newest + 1)),
    replay: (from, to) => replay({ ring, segments: disk?.segments ?? [], oldest }, from, Math.min(to, newest)),
    async flush() {
      await running;
    },
    async close() {
      closed = true;
      clearTimeout(held);
      await running;
      advanced.complete();
      await writer?.finish();
      await disk?.close(newest);
      health.complete();
    },
  };

  function oldest(): number {
    return Math.min(disk?.segments[0]?.firstSeq ?? ring.first, ring.first, newest + 1);
  }

  /** One loop at a time: writes what has gathered, shows it, and stops when nothing more has come meanwhile. */
  async function advance(): Promise<void> {
    clearTimeout(held);
    while (newest < ring.next - 1) {
      const to = writer ? await writer.write() : ring.next - 1;
      if (to <= newest) {
        // Held back: the disk does not answer at all.
        if (!closed) held = setTimeout(() => (running ??= advance()), HELD_MS).unref();
        break;
      }
      newest = to;
      advanced.next(newest);
    }
    running = undefined;
  }
}

function number(draft: EventDraft, seq: number): HeatboxEvent {
  const { stream, session, type, pts, ptsUs, ...rest } = draft;
  const time = new Date().toISOString();
  const event = { v: PROTOCOL_VERSION, seq, stream, session, type, time, pts, ptsUs, ...rest };
  if ('reason' in event && event.reason) event.reason = redact(event.reason);
  const result = eventSchema.safeParse(event);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new HeatboxError('EVENT_INVALID', `A ${type} event has a bad ${issue?.path.join('.')}: ${issue?.message}`, {
    value: draft,
    cause: result.error,
  });
}
