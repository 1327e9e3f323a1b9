import { open, readdir, readFile, stat, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of the log: NDJSON, named after the number of its first event. */
export interface Segment {
  readonly path: string;
  readonly firstSeq: number;
  /** Length of its complete lines. */
  bytes: number;
  /** When it was last written, milliseconds since 1970 by the clock of `performance`, which does not jump. */
  written: number;
}

export interface Recovered {
  readonly segments: Segment[];
  /** Number of the last event that was on disk, by its line or by the name of a segment that was to follow it. */
  readonly lastSeq: number;
  /** Bytes of unfinished or unreadable lines cut off the end. */
  readonly cut: number;
}

/** No log gets as far by counting: numbers above are damage, and arithmetic on those below is exact. */
export const HIGHEST_SEQ = 2 ** 52;

const NAME = /^events-(\d{16})\.ndjson$/;
const NEWLINE = 0x0a;

export function segmentPath(folder: string, firstSeq: number): string {
  return join(folder, `events-${String(firstSeq).padStart(16, '0')}.ndjson`);
}

/** The segments of a folder, oldest first. Other files are none of its business. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).filter((name) => Number(NAME.exec(name)?.[1]) <= HIGHEST_SEQ).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const { size, mtimeMs } = await stat(path);
      return { path, firstSeq: Number(NAME.exec(name)?.[1]), bytes: size, written: mtimeMs };
    }),
  );
}

/**
 * Finds the end of the log after whatever happened, and cuts off what a crash left half written, so that new lines
 * start on a line of their own. A segment without a single whole line is removed.
 */
export async function recoverSegments(folder: string): Promise<Recovered> {
  const segments = await listSegments(folder);
  let cut = 0;
  let named = 0;
  for (let segment = segments.at(-1); segment; segment = segments.at(-1)) {
    const content = await readFile(segment.path);
    const { end, lastSeq } = lastWholeLine(content);
    cut += content.length - end;
    if (lastSeq !== undefined) {
      if (end < content.length) await truncate(segment.path, end);
      segment.bytes = end;
      return { segments, lastSeq: Math.max(lastSeq, named), cut };
    }
    await unlink(segment.path);
    segments.pop();
    named = Math.max(named, segment.firstSeq - 1);
  }
  return { segments, lastSeq: named, cut };
}

/** The number of an event from its line, undefined where the line is not one. */
export function seqOfLine(line: string): number | undefined {
  try {
    const { seq } = JSON.parse(line) as { seq?: unknown };
    return Number.isSafeInteger(seq) && (seq as number) <= HIGHEST_SEQ ? (seq as number) : undefined;
  } catch {
    return undefined;
  }
}

/** Makes names and lengths of the folder's files outlast a power failure, where the platform can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function lastWholeLine(content: Buffer): { end: number; lastSeq?: number } {
  let end = content.lastIndexOf(NEWLINE) + 1;
  while (end > 0) {
    const start = end < 2 ? 0 : content.lastIndexOf(NEWLINE, end - 2) + 1;
    const lastSeq = seqOfLine(content.toString('utf8', start, end - 1));
    if (lastSeq !== undefined) return { end, lastSeq };
    end = start;
  }
  return { end: 0 };
}
