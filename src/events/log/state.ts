import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { syncFolder } from './segments.ts';

/**
 * What the log must know after a restart beyond its lines. The operating system may lose the last written lines when the
 * machine dies, though their numbers were already sent out; so numbers are reserved on the disk (fsync) long before use,
 * and after such a death the log goes on behind the reservation.
 */
export interface LogState {
  readonly epoch: string;
  /** No number above this has ever been given out. */
  reserved(): number;
  /** Makes room for numbers up to this one and far beyond. */
  reserve(seq: number): Promise<void>;
  /** Notes that from now on events exist that the disk does not hold. */
  markBroken(): Promise<void>;
  /** Notes that the disk holds every event again. */
  markWhole(): Promise<void>;
  /** Notes an orderly end: nothing above `lastSeq` was given out. */
  close(lastSeq: number): Promise<void>;
}

export interface OpenedState {
  readonly state: LogState;
  readonly nextSeq: number;
}

const schema = z.object({
  epoch: z.string().min(1),
  /** The number this run of the server began with. */
  opened: z.int().min(1),
  reserved: z.int().min(0),
  boot: z.string(),
  closed: z.boolean(),
});

/** Numbers reserved at a time: one fsync for a million events, and at most that large a jump after a power failure. */
const AHEAD = 1_000_000;

/**
 * Opens the state of a log folder whose last line on disk is `lastSeq`, and says with which number to go on.
 * Without a readable state the numbers of the lines are all there is: they go on under a new epoch.
 */
export async function openState(folder: string, lastSeq: number): Promise<OpenedState> {
  const path = join(folder, 'state.json');
  // Deleting works on a full disk where writing does not: the file is there as long as the lines are complete.
  const wholePath = join(folder, 'whole');
  const before = await readState(path);
  const whole = await readFile(wholePath).then(
    () => true,
    () => false,
  );
  // Fewer lines than the last run began with: somebody deleted files.
  const nothingLost = !before || (whole && !before.closed && before.boot === bootId() && lastSeq >= before.opened - 1);
  const epoch = before?.epoch ?? randomUUID();
  const nextSeq = (nothingLost ? lastSeq : Math.max(lastSeq, before.reserved)) + 1;
  let reserved = before?.reserved ?? 0;

  const state: LogState = {
    epoch,
    reserved: () => reserved,
    async reserve(seq) {
      await write({ epoch, opened: nextSeq, reserved: seq + AHEAD, boot: bootId(), closed: false });
      reserved = seq + AHEAD;
    },
    markBroken: () => unlink(wholePath).catch(() => undefined),
    markWhole: () => writeFile(wholePath, ''),
    close: (last) => write({ epoch, opened: nextSeq, reserved: last, boot: bootId(), closed: true }),
  };
  await state.reserve(Math.max(nextSeq, reserved));
  await state.markWhole();
  return { state, nextSeq };

  async function write(content: z.infer<typeof schema>): Promise<void> {
    const handle = await open(`${path}.tmp`, 'w');
    try {
      await handle.writeFile(`${JSON.stringify(content)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.tmp`, path);
    await syncFolder(folder);
  }
}

async function readState(path: string): Promise<z.infer<typeof schema> | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

let boot: string | undefined;

/**
 * Tells one start of the machine from another. Where the system has no name for it, the minute it started in: a clock
 * that is set anew looks like a restart, which costs a jump in the numbers and nothing else.
 */
export function bootId(): string {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    boot ??= `${os.hostname()}/${Math.round((Date.now() / 1000 - os.uptime()) / 60)}`;
  }
  return boot;
}
