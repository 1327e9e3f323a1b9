import type { BehaviorSubject } from 'rxjs';
import { HeatboxError } from '../../error.ts';
import type { Disk } from './disk.ts';
import type { LogEntry, Ring } from './ring.ts';

/** Whether events reach the disk. While degraded they are kept and sent from memory alone. */
export type LogHealth = { readonly state: 'ok' } | { readonly state: 'degraded'; readonly error: HeatboxError };

export interface DiskWriter {
  /** Writes what has gathered and returns the number up to which subscribers may see the log now. Never rejects. */
  write(): Promise<number>;
  /** A last try for what could not be written. */
  finish(): Promise<void>;
}

export interface WriterParts {
  readonly disk: Disk;
  readonly ring: Ring;
  readonly health: BehaviorSubject<LogHealth>;
}

const BATCH_BYTES = 1024 * 1024;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Carries entries from memory to disk, in batches as large as what came in while the last one was written. */
export function startWriter({ disk, ring, health }: WriterParts): DiskWriter {
  let written = ring.next - 1;
  let pause = FIRST_PAUSE_MS;
  let retryAt = 0;

  async function write(): Promise<number> {
    if (health.value.state === 'degraded' && Date.now() < retryAt) return ring.next - 1;
    const batch = gather();
    try {
      await disk.append(batch);
    } catch (error) {
      await failed(error as Error);
      return ring.next - 1;
    }
    written = (batch.at(-1) as LogEntry).seq;
    if (health.value.state === 'degraded') {
      // What gathered during the failure has been shown already; catch up before calling the log whole.
      if (written < ring.next - 1) return write();
      await recovered();
    }
    return written;
  }

  function gather(): LogEntry[] {
    const batch: LogEntry[] = [];
    let bytes = 0;
    for (let seq = Math.max(written + 1, ring.first); seq < ring.next && bytes < BATCH_BYTES; seq++) {
      const entry = ring.get(seq) as LogEntry;
      batch.push(entry);
      bytes += entry.data.length;
    }
    return batch;
  }

  async function failed(cause: Error): Promise<void> {
    retryAt = Date.now() + pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    // Each time: where the folder itself is away, it cannot be marked until it is back.
    await disk.state.markBroken();
    if (health.value.state === 'degraded') return;
    const error = new HeatboxError('LOG_WRITE', `Events cannot be written to the log: ${cause.message}`, {
      cause,
      hint: 'They go on from memory alone and will be written late, as far as memory reaches, once writing works again.',
    });
    health.next({ state: 'degraded', error });
  }

  async function recovered(): Promise<void> {
    pause = FIRST_PAUSE_MS;
    await disk.state.markWhole().catch(() => undefined);
    health.next({ state: 'ok' });
  }

  async function finish(): Promise<void> {
    retryAt = 0;
    if (written < ring.next - 1) await write();
  }

  return { write, finish };
}
