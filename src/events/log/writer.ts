import type { BehaviorSubject } from 'rxjs';
import { HeatboxError } from '../../error.ts';
import type { Disk } from './disk.ts';
import type { LogEntry, Ring } from './ring.ts';

/** Whether events reach the disk. While degraded they are kept and sent from memory alone. */
export type LogHealth = { readonly state: 'ok' } | { readonly state: 'degraded'; readonly error: HeatboxError };

export interface DiskWriter {
  /**
   * Writes what has gathered and returns the number up to which subscribers may see the log now; as before where the disk
   * cannot even be told that it lacks events. Never rejects.
   */
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
  /** What subscribers may see. */
  let shown = written;
  /** What the disk knows that it may lack. */
  let noted = 0;
  let pause = FIRST_PAUSE_MS;
  /** By the monotonic clock. */
  let retryAt = 0;

  async function write(): Promise<number> {
    if (health.value.state === 'degraded' && performance.now() < retryAt) return goWithout();
    const batch = gather();
    try {
      if (batch.length > 0) await disk.append(batch);
      written = batch.at(-1)?.seq ?? written;
      // Before anybody sees them: a restart must find that none is missing.
      if (health.value.state === 'ok') await disk.markWhole(written);
    } catch (error) {
      failed(error as Error);
      return goWithout();
    }
    if (health.value.state === 'degraded') {
      // What gathered during the failure has been shown already; catch up before calling the log whole.
      if (written < ring.next - 1) return write();
      await recovered();
    }
    shown = Math.max(shown, written);
    return shown;
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

  /** Shows what memory has, as far as the disk knows of it: a restart must not use its numbers again. */
  async function goWithout(): Promise<number> {
    const newest = ring.next - 1;
    if (newest > noted || newest > disk.state.limit()) {
      if (!(await disk.goWithout(newest))) return shown;
      noted = disk.state.limit();
    }
    shown = newest;
    return shown;
  }

  function failed(cause: Error): void {
    retryAt = performance.now() + pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    noted = 0;
    if (health.value.state === 'degraded') return;
    const error = new HeatboxError('LOG_WRITE', `Events cannot be written to the log: ${cause.message}`, {
      cause,
      hint: 'They go on from memory alone and will be written late, as far as memory reaches, once writing works again.',
    });
    health.next({ state: 'degraded', error });
  }

  async function recovered(): Promise<void> {
    pause = FIRST_PAUSE_MS;
    // Where it fails, the next start leaves numbers out, and nothing is lost.
    await disk.markWhole(written).catch(() => undefined);
    health.next({ state: 'ok' });
  }

  async function finish(): Promise<void> {
    retryAt = 0;
    if (written < ring.next - 1) await write();
  }

  return { write, finish };
}
