import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A finished file that waits beside its place. */
export interface Pending {
  /** Where it is now. */
  readonly temporary: string;
  /** Its place, absolute. */
  readonly target: string;
  /** Whether what is there may be replaced. */
  readonly force: boolean;
  /** Puts it there. */
  commit(): void;
}

type Entry = Pick<Pending, 'temporary' | 'target' | 'force'>;

const JOURNAL = /^\.heatbox-[0-9a-f]{16}\.commit$/;
const TEMPORARY = /^\.heatbox-(\d+)-[0-9a-f]{8}\.tmp$/;
/** Committing takes milliseconds: a journal older than this is of a process that is no more, whoever has its number now. */
const UNDER_WAY_MS = 60_000;

/**
 * Puts files in their places as one. What is to be done is written down first, beside each of them: a process that is
 * killed in between leaves the rest to the next run that looks at one of the places (`completeCommits`). If one of the
 * places turns out to be taken, none of the new files stays.
 *
 * @throws as `commit` does.
 */
export function commitTogether(files: readonly Pending[]): void {
  const [only, ...others] = files;
  if (only === undefined) return;
  if (others.length === 0) {
    only.commit();
    return;
  }
  const entries: Entry[] = files.map(({ temporary, target, force }) => ({ temporary, target, force }));
  const text = JSON.stringify(entries);
  const name = `.heatbox-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.commit`;
  const journals = [...new Set(files.map(({ target }) => join(dirname(target), name)))];
  for (const journal of journals) writeDurably(journal, text);
  const done: Pending[] = [];
  try {
    for (const file of files) {
      try {
        file.commit();
      } catch (error) {
        // Another run took this one for dead, and has finished its work.
        if (existsSync(file.temporary) || !existsSync(file.target)) throw error;
      }
      done.push(file);
    }
  } catch (error) {
    for (const { temporary, target, force } of done) if (!force) renameSync(target, temporary);
    throw error;
  } finally {
    for (const journal of journals) rmSync(journal, { force: true });
  }
}

/** Finishes what killed runs were about to put into a folder. Files that are not heatbox's own are never touched. */
export function completeCommits(folder: string): void {
  for (const name of namesIn(folder)) {
    if (!JOURNAL.test(name)) continue;
    const journal = join(folder, name);
    const entries = read(journal);
    if (isUnderWay(journal, entries)) continue;
    for (const entry of entries) complete(entry);
    rmSync(journal, { force: true });
  }
}

function complete({ temporary, target, force }: Entry): void {
  if (!TEMPORARY.test(basename(temporary)) || dirname(temporary) !== dirname(target) || !existsSync(temporary)) return;
  if (force) renameSync(temporary, target);
  else if (!existsSync(target)) {
    linkSync(temporary, target);
    rmSync(temporary, { force: true });
  } else rmSync(temporary, { force: true });
}

function isUnderWay(journal: string, [entry]: readonly Entry[]): boolean {
  const written = statSync(journal, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const pid = Number(TEMPORARY.exec(basename(entry?.temporary ?? ''))?.[1]);
  if (!(pid > 0) || pid === process.pid || Math.abs(Date.now() - written) > UNDER_WAY_MS) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function read(journal: string): Entry[] {
  try {
    const entries = JSON.parse(readFileSync(journal, 'utf8')) as Entry[];
    return entries.filter(({ temporary, target }) => typeof temporary === 'string' && typeof target === 'string');
  } catch {
    return [];
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function writeDurably(path: string, text: string): void {
  const descriptor = openSync(path, 'w');
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
