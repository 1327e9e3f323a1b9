import { type FileHandle, mkdir, open, stat, unlink } from 'node:fs/promises';
import { HeatboxError } from '../../error.ts';
import { segmentAges, steadyNow } from './age.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import type { LogEntry } from './ring.ts';
import { recoverSegments, type Segment, segmentPath, syncFolder } from './segments.ts';
import { type LogState, openState } from './state.ts';

/** Where events are kept on disk, and for how long. */
export interface DiskOptions {
  /** Is created if it is missing. One server at a time may use it. */
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
  /** Notes that events up to this number go out without the disk. @returns false if not even that can be noted. */
  goWithout(seq: number): Promise<boolean>;
  /** Notes that the disk holds every event again. */
  markWhole(lastSeq: number): Promise<void>;
  close(lastSeq: number): Promise<void>;
}

const NEWLINE = Buffer.from('\n');
/** How long an open segment is written to before the folder is looked at again, milliseconds. */
const CHECK_MS = 1_000;

/**
 * Opens or creates a log folder, alone: takes its lock, recovers its last segment, and goes on in a new one.
 *
 * @throws HeatboxError `LOG_LOCKED`, `LOG_FOLDER` (with the system's error as cause).
 */
export async function openDisk(options: DiskOptions): Promise<Disk> {
  const { folder } = options;
  let lock: FolderLock | undefined;
  try {
    await mkdir(folder, { recursive: true });
    lock = await lockFolder(folder);
    const { segments, lastSeq, cut } = await recoverSegments(folder);
    const { state, nextSeq } = await openState(folder, lastSeq, lock.certain);
    const disk = writeSegments(options, segments, state, lock);
    return { ...disk, state, nextSeq, segments, cut };
  } catch (error) {
    await lock?.release();
    if (error instanceof HeatboxError) throw error;
    throw new HeatboxError('LOG_FOLDER', `Cannot open the log folder ${folder}: ${(error as Error).message}`, {
      kind: 'usage',
      value: folder,
      cause: error,
      hint: 'Name a folder that heatbox may create and write to, with space left.',
    });
  }
}

type Writing = Pick<Disk, 'append' | 'goWithout' | 'markWhole' | 'close'>;

/** Writes the segments. One function, since all its parts share the open segment and what is known of the folder. */
function writeSegments(
  { folder, segmentBytes, segmentSeconds, retainBytes, retainSeconds }: DiskOptions,
  segments: Segment[],
  state: LogState,
  lock: FolderLock,
): Writing {
  const guard = ownFolder(folder, segments, state, lock);
  const isOlder = segmentAges();
  let handle: FileHandle | undefined;
  let begun = 0;

  async function append(entries: readonly LogEntry[]): Promise<void> {
    const [first, last] = [entries[0] as LogEntry, entries.at(-1) as LogEntry];
    const current = segments.at(-1);
    const isFull = current && (current.bytes >= segmentBytes || steadyNow() - begun >= segmentSeconds * 1000);
    const goesOn = handle !== undefined && current !== undefined && !isFull;
    try {
      await guard.confirm(last.seq, !goesOn || state.isShort(last.seq));
    } catch (error) {
      await finish().catch(() => undefined);
      throw error;
    }
    await state.reserve(last.seq);
    const segment = goesOn && segments.at(-1) === current ? current : await begin(first.seq);
    const lines = Buffer.concat(entries.flatMap(({ data }) => [data, NEWLINE]));
    try {
      await writeFully(handle as FileHandle, lines, segment.bytes);
    } catch (error) {
      await abandon(segment);
      throw error;
    }
    segment.bytes += lines.length;
    segment.written = steadyNow();
  }

  async function begin(seq: number): Promise<Segment> {
    await finish();
    const path = segmentPath(folder, seq);
    handle = await open(path, 'w');
    begun = steadyNow();
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
    while (segments.length > 1) {
      const [segment] = segments as [Segment];
      if (bytes <= retainBytes && !isOlder(segment, retainSeconds)) return;
      segments.shift();
      bytes -= segment.bytes;
      await unlink(segment.path).catch(() => undefined);
    }
  }

  return {
    append,
    goWithout: (seq) => (guard.isLost ? Promise.resolve(seq <= state.limit()) : state.markGiven(seq)),
    markWhole: (lastSeq) => state.markWhole(lastSeq),
    async close(lastSeq) {
      try {
        await finish();
        await guard.confirm(lastSeq, true);
        await state.close(lastSeq);
      } catch {
        // The disk is gone, or another's: the next start takes this for a crash, and is right to.
        await state.leave();
      }
      await lock.release();
    },
  };
}

/** Watches that the folder at the path is still the one this process has locked. */
function ownFolder(folder: string, segments: Segment[], state: LogState, lock: FolderLock) {
  let isLost = false;
  let checkedAt = Number.NEGATIVE_INFINITY;

  /** A folder that was deleted is created again; one that is away is waited for, since it may come back. */
  async function confirm(seq: number, always: boolean): Promise<void> {
    if (!isLost && !always && performance.now() - checkedAt < CHECK_MS) return;
    const standing = isLost ? 'lost' : await lock.check();
    if (standing === 'away') throw new Error(`the folder ${folder} is not there at present`);
    if (standing === 'lost' || (standing === 'deleted' && !(await retake(seq)))) {
      isLost = true;
      throw new Error(`another server has taken the folder ${folder}`);
    }
    checkedAt = performance.now();
  }

  async function retake(seq: number): Promise<boolean> {
    // Somebody may have come and gone meanwhile, and have used the numbers that follow.
    const standing = await state.onDisk();
    if (standing === 'other' || !(await lock.retake())) return false;
    if (standing === 'gone') await state.forget();
    await state.reserve(seq);
    const isThere = await Promise.all(segments.map(({ path }) => stat(path).catch(() => undefined)));
    segments.splice(0, segments.length, ...segments.filter((_, index) => isThere[index] !== undefined));
    return true;
  }

  return {
    get isLost() {
      return isLost;
    },
    confirm,
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
