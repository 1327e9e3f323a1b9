import { randomUUID } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { bootId } from './boot.ts';
import { HIGHEST_SEQ, syncFolder } from './segments.ts';
import { openWitness, readWitness } from './witness.ts';

/**
 * What the log must know after a restart beyond its lines. Numbers may have been sent out whose lines are not on disk: it
 * was full or away, or the machine died with the lines in its cache. So numbers are reserved on the disk (fsync) long
 * before use, and a restart goes on behind the reservation, unless the witness proves that every number given out has
 * its line.
 */
export interface LogState {
  readonly epoch: string;
  /** No number above this may be given out at present. */
  limit(): number;
  /** Whether numbers up to this one want a new reservation. */
  isShort(seq: number): boolean;
  /** Reserves numbers up to this one and far beyond. */
  reserve(seq: number): Promise<void>;
  /** Notes that the disk holds every event up to `lastSeq`, and that none above was given out. */
  markWhole(lastSeq: number): Promise<void>;
  /** Notes that from now on events up to `seq` exist that the disk may not hold. @returns false if not even that can be noted. */
  markGiven(seq: number): Promise<boolean>;
  /** Whether the state on disk is what this run wrote last, another's, or gone. */
  onDisk(): Promise<'ours' | 'other' | 'gone'>;
  /** Lets go of the files of a folder that was deleted; they are created again when needed. */
  forget(): Promise<void>;
  /** Notes an orderly end: nothing above `lastSeq` was given out. */
  close(lastSeq: number): Promise<void>;
  /** Closes its files and writes nothing. */
  leave(): Promise<void>;
}

export interface OpenedState {
  readonly state: LogState;
  readonly nextSeq: number;
}

/** Beyond it no log comes by counting: such a state is damaged. */
const number = z
  .int()
  .min(0)
  .max(HIGHEST_SEQ / 2);
const schema = z.object({
  epoch: z.string().min(1),
  /** Names the run that wrote this. */
  run: z.string().optional(),
  /** The number this run of the server began with. */
  opened: number,
  reserved: number,
  boot: z.string(),
  closed: z.boolean(),
});
type Content = z.infer<typeof schema>;

/** Numbers reserved at a time: one fsync for a million events, and at most that large a jump after a crash. */
const AHEAD = 1_000_000;

/**
 * Opens the state of a log folder whose last line on disk is `lastSeq`, and says with which number to go on. Without a
 * readable state, and on a disk that does not take a new one, the numbers go on under a new epoch.
 *
 * One function of more than a page: reserving, renewing and closing change one state file.
 *
 * @param ended - Whether the run before is known to be over.
 */
export async function openState(folder: string, lastSeq: number, ended: boolean): Promise<OpenedState> {
  const path = join(folder, 'state.json');
  const witnessPath = join(folder, 'whole');
  const before = await readState(path);
  const said = await readWitness(witnessPath);
  const nextSeq = firstSeq();
  const run = randomUUID();
  const witness = openWitness(witnessPath);
  let epoch = before?.epoch ?? randomUUID();
  /** Whether the disk knows the epoch: as long as it does not, no other run can use its numbers. */
  let claimed = true;
  let reserved = before?.reserved ?? 0;
  let given = 0;
  let last: Content | undefined;

  const state: LogState = {
    get epoch() {
      return epoch;
    },
    limit: () => (claimed ? Math.max(reserved, given) : HIGHEST_SEQ),
    // Early, so that a good part is left when the disk goes away.
    isShort: (seq) => seq > reserved - AHEAD / 2,
    async reserve(seq) {
      if (state.isShort(seq)) await claim(seq + AHEAD);
    },
    markWhole: (seq) => witness.say({ kind: 'whole', seq, run }),
    async markGiven(seq) {
      if (!claimed) return true;
      const room = Math.max(reserved, seq > reserved ? seq + AHEAD : 0);
      try {
        await witness.say({ kind: 'given', seq: room, run });
        given = room;
        return true;
      } catch {
        return witness.retract().then(
          () => seq <= reserved,
          () => false,
        );
      }
    },
    async onDisk() {
      try {
        return (await readFile(path, 'utf8')).trimEnd() === JSON.stringify(last) ? 'ours' : 'other';
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'gone' : 'other';
      }
    },
    async forget() {
      await witness.close();
      reserved = 0;
      claimed = false;
    },
    async close(seq) {
      await write({ epoch, run, opened: nextSeq, reserved: seq, boot: bootId(), closed: true });
      await witness.close();
    },
    leave: witness.close,
  };
  try {
    await claim(Math.max(reserved, nextSeq + AHEAD));
  } catch {
    // Numbers that the disk does not know of must not be taken for those of the run before.
    epoch = randomUUID();
    claimed = false;
    reserved = 0;
  }
  if (claimed) await state.markWhole(nextSeq - 1).catch(() => undefined);
  return { state, nextSeq };

  function firstSeq(): number {
    if (!before) return lastSeq + 1;
    const isOfThatRun = said !== undefined && said.run === before.run;
    if (before.closed) return Math.max(lastSeq, before.reserved, isOfThatRun ? 0 : (said?.seq ?? 0)) + 1;
    const isProven = ended && isOfThatRun && said.kind === 'whole' && lastSeq >= said.seq && before.boot === bootId();
    return (isProven ? lastSeq : Math.max(lastSeq, before.reserved, said?.seq ?? 0)) + 1;
  }

  async function claim(upTo: number): Promise<void> {
    const next = Math.min(upTo, HIGHEST_SEQ);
    await write({ epoch, run, opened: nextSeq, reserved: next, boot: bootId(), closed: false });
    reserved = next;
    claimed = true;
  }

  async function write(content: Content): Promise<void> {
    const text = JSON.stringify(content);
    try {
      await replaceFile(path, `${text}\n`);
    } catch (error) {
      if (!/^(ENOSPC|EDQUOT)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await overwrite(path, `${text}\n`);
    }
    last = content;
    await syncFolder(folder);
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const aside = `${path}.tmp`;
  try {
    const handle = await open(aside, 'w');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, path);
  } catch (error) {
    await unlink(aside).catch(() => undefined);
    throw error;
  }
}

/** Needs no room on a full disk. A torn write is an unreadable state, after which the numbers get a new epoch. */
async function overwrite(path: string, text: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    await handle.write(text.padEnd(size), 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readState(path: string): Promise<Content | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
