import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { HeatboxError } from '../../error.ts';
import { lockFolder } from './lock.ts';
import type { LogEntry } from './ring.ts';
import { recoverSegments, type Segment, segmentPath, syncFolder } from './segments.ts';
import { type LogState, openState } from './state.ts';

export interface DiskOptions {
  readonly folder: string;
  /** A new segment begins when this many bytes are written or … */
  readonly segmentBytes: number;
  /** … this many seconds have passed since its first line. */
  readonly segmentSeconds: number;
  /** The oldest segments are deleted when all together have more bytes than this, or … */
  readonly retainBytes: number;
  /** … when their last line is this many seconds old. */
  readonly retainSeconds: number;
}

/** The part of the log that is on disk. Calls must not overlap. */
export interface Disk {
  readonly state: LogState;
  /** Number the first new event gets. */
  readonly nextSeq: number;
  /** Oldest first; the last one is being written. */
  readonly segments: readonly Segment[];
  /** Bytes that recovery cut off. */
  readonly cut: number;
  /** Writes entries behind the last ones; when it throws, none of them is on disk. */
  append(entries: readonly LogEntry[]): Promise<void>;
  close(lastSeq: number): Promise<void>;
}

const NEWLINE = Buffer.from('\n');

/**
 * Opens or creates a log folder, alone: takes its lock, recovers its last segment, and goes on in a new one.
 *
 * @throws HeatboxError `LOG_LOCKED`, `LOG_FOLDER` (with the system's error as cause).
 */
export async function openDisk(options: DiskOptions): Promise<Disk> {
  const { folder } = options;
  let unlock: (() => Promise<void>) | undefined;
  try {
    await mkdir(folder, { recursive: true });
    unlock = await lockFolder(folder);
    const { segments, lastSeq, cut } = await recoverSegments(folder);
    const { state, nextSeq } = await openState(folder, lastSeq);
    const disk = writeSegments(options, segments, state, unlock);
    return { ...disk, state, nextSeq, segments, cut };
  } catch (error) {
    await unlock?.();
    if (error instanceof HeatboxError) throw error;
    throw new HeatboxError('LOG_FOLDER', `Cannot open the log folder ${folder}: ${(error as Error).message}`, {
      kind: 'usage',
      value: folder,
      cause: error,
      hint: 'Name a folder that heatbox may create and write to, with space left.',
    });
  }
}

function writeSegments(
  { folder, segmentBytes, segmentSeconds, retainBytes, retainSeconds }: DiskOptions,
  segments: Segment[],
  state: LogState,
  unlock: () => Promise<void>,
): Pick<Disk, 'append' | 'close'> {
  let handle: FileHandle | undefined;
  let begun = 0;

  async function append(entries: readonly LogEntry[]): Promise<void> {
    const last = entries.at(-1) as LogEntry;
    if (last.seq > state.reserved()) await state.reserve(last.seq);
    const segment = await writable((entries[0] as LogEntry).seq);
    const lines = Buffer.concat(entries.flatMap(({ data }) => [data, NEWLINE]));
    try {
      await writeFully(handle as FileHandle, lines, segment.bytes);
    } catch (error) {
      await abandon(segment);
      throw error;
    }
    segment.bytes += lines.length;
    segment.written = Date.now();
  }

  async function writable(seq: number): Promise<Segment> {
    const current = segments.at(-1);
    const isFull = current && (current.bytes >= segmentBytes || Date.now() - begun >= segmentSeconds * 1000);
    if (handle && current && !isFull) return current;
    await finish();
    const path = segmentPath(folder, seq);
    handle = await open(path, 'w');
    begun = Date.now();
    const segment: Segment = { path, firstSeq: seq, bytes: 0, written: begun };
    segments.push(segment);
    await syncFolder(folder);
    await retain();
    return segment;
  }

  /** Leaves no half line behind; the next write opens a new segment, which may be on a disk that has healed. */
  async function abandon(segment: Segment): Promise<void> {
    await handle?.truncate(segment.bytes).catch(() => undefined);
    await handle?.close().catch(() => undefined);
    handle = undefined;
    if (segment.bytes > 0) return;
    segments.pop();
    await unlink(segment.path).catch(() => undefined);
  }

  async function finish(): Promise<void> {
    const old = handle;
    handle = undefined;
    try {
      await old?.sync();
    } finally {
      await old?.close();
    }
  }

  async function retain(): Promise<void> {
    let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    const oldest = Date.now() - retainSeconds * 1000;
    while (segments.length > 1) {
      const [segment] = segments as [Segment];
      if (bytes <= retainBytes && segment.written >= oldest) return;
      segments.shift();
      bytes -= segment.bytes;
      await unlink(segment.path).catch(() => undefined);
    }
  }

  return {
    append,
    async close(lastSeq) {
      try {
        await finish();
        await state.close(lastSeq);
      } catch {
        // The disk is gone: the next start takes this for a crash, and is right to.
      }
      await unlock();
    },
  };
}

/** A short write is no error to the system, and where the disk fills up in mid-line it is followed by one that is. */
async function writeFully(handle: FileHandle, data: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < data.length) {
    const { bytesWritten } = await handle.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}
