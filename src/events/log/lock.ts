import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { HeatboxError } from '../../error.ts';
import { bootId } from './boot.ts';

/** Who holds a folder. */
export interface Owner {
  readonly pid: number;
  /** Start time of the process, where the system tells it: a number may be given to another process later. */
  readonly started: string | null;
  /** The namespace that `pid` counts in, where the system has such: containers share host names and kernels. */
  readonly namespace: string | null;
  readonly host: string;
  readonly boot: string;
  readonly id: string;
}

/**
 * Where a lock stands. `away`: the folder was moved or unmounted and may come back. `deleted`: the folder, or the lock
 * in it, is gone. `lost`: somebody else has the folder now.
 */
export type LockStanding = 'ours' | 'away' | 'deleted' | 'lost';

/** A folder taken for this process alone. */
export interface FolderLock {
  /** Whether the owner before is known to be dead; false if it was only judged so, or left no lock. */
  readonly certain: boolean;
  /** Looks whether the lock at the path is still this one. */
  check(): Promise<LockStanding>;
  /** Takes a deleted folder again, creating it if necessary. @returns whether nobody else was faster. */
  retake(): Promise<boolean>;
  release(): Promise<void>;
}

export interface LockTiming {
  /** Milliseconds between two signs of life. */
  readonly touchMs: number;
  /** Milliseconds without a sign of life after which an owner that cannot be asked counts as dead. */
  readonly staleMs: number;
}

const TIMING: LockTiming = { touchMs: 2_000, staleMs: 15_000 };

/**
 * Takes a folder for this process alone. An owner in the same pid namespace is asked directly: it is alive or dead. Any
 * other, in another container or on another machine, is watched for 15 s by this process's own monotonic clock, and
 * counts as dead if its lock shows no sign of life meanwhile. No two machines' clocks are compared.
 *
 * @throws HeatboxError `LOG_LOCKED` while somebody else writes there.
 */
export async function lockFolder(folder: string, timing: LockTiming = TIMING): Promise<FolderLock> {
  const path = join(folder, 'lock');
  const owner = thisProcess();
  let certain = false;
  let handle = await create(path, owner);
  if (handle === undefined) {
    certain = await takeOver(path, folder, timing);
    handle = await create(path, owner);
    if (handle === undefined) throw locked(folder, await readOwner(path));
  }
  const timer = setInterval(() => {
    // Through the handle: never the lock of another.
    handle?.utimes(new Date(), new Date()).catch(() => undefined);
  }, timing.touchMs);
  timer.unref();

  async function check(): Promise<LockStanding> {
    const [here, own] = await Promise.all([stat(path).catch(() => undefined), handle?.stat().catch(() => undefined)]);
    if (here) return own && here.ino === own.ino && here.dev === own.dev ? 'ours' : 'lost';
    return own && own.nlink > 0 ? 'away' : 'deleted';
  }

  return {
    certain,
    check,
    async retake() {
      await mkdir(dirname(path), { recursive: true });
      const again = await create(path, owner);
      if (again === undefined) return false;
      await handle?.close().catch(() => undefined);
      handle = again;
      return true;
    },
    async release() {
      clearInterval(timer);
      if ((await check()) === 'ours') await unlink(path).catch(() => undefined);
      await handle?.close().catch(() => undefined);
      handle = undefined;
    },
  };
}

export function thisProcess(): Owner {
  return {
    pid: process.pid,
    started: startTime(process.pid),
    namespace: pidNamespace(),
    host: os.hostname(),
    boot: bootId(),
    id: randomUUID(),
  };
}

async function create(path: string, owner: Owner): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  // On a full disk an empty file still locks: its owner cannot be asked, so others watch it.
  await handle.writeFile(JSON.stringify(owner)).catch(() => undefined);
  return handle;
}

/**
 * Moves the lock aside before deleting it: of two who find it stale only one gets it, and a fresh one is put back.
 *
 * @returns whether its owner is known to be dead.
 */
async function takeOver(path: string, folder: string, timing: LockTiming): Promise<boolean> {
  const judged = await readOwner(path);
  const life = await lifeOf(path, judged, timing);
  if (life === 'alive') throw locked(folder, judged);
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return false;
  }
  const moved = await readOwner(aside);
  if (moved?.id !== judged?.id) {
    await rename(aside, path);
    throw locked(folder, moved);
  }
  await unlink(aside);
  return life === 'dead';
}

/** The one rule for what counts as alive: who can be asked is asked, and all others must be seen to move. */
async function lifeOf(path: string, owner: Owner | undefined, timing: LockTiming): Promise<'alive' | 'dead' | 'quiet'> {
  if (owner && canBeAsked(owner)) {
    if (owner.started !== startTime(owner.pid)) return 'dead';
    try {
      process.kill(owner.pid, 0);
      return 'alive';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'dead';
    }
  }
  const before = await signOfLife(path);
  const until = performance.now() + timing.staleMs;
  while (performance.now() < until) {
    await wait(Math.min(500, timing.staleMs / 10));
    if ((await signOfLife(path)) !== before) return 'alive';
  }
  return 'quiet';
}

function canBeAsked({ host, boot, namespace }: Owner): boolean {
  return host === os.hostname() && boot === bootId() && namespace === pidNamespace();
}

/** Changes with every sign of life. Opened each time, which makes network file systems look anew. */
async function signOfLife(path: string): Promise<string | undefined> {
  const handle = await open(path, 'r').catch(() => undefined);
  try {
    const seen = await handle?.stat();
    return seen && `${seen.ino} ${seen.mtimeMs}`;
  } finally {
    await handle?.close();
  }
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** Field 22 of `/proc/<pid>/stat`, proc(5); the second field is the only one that may hold spaces. */
function startTime(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields?.[19] ?? null;
  } catch {
    return null;
  }
}

/** As `pid:[4026531836]`, namespaces(7). */
function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

function locked(folder: string, owner: Owner | undefined): HeatboxError {
  const by = owner ? ` by process ${owner.pid} on ${owner.host}` : '';
  return new HeatboxError('LOG_LOCKED', `The log folder ${folder} is in use${by}`, {
    kind: 'usage',
    value: folder,
    hint: 'Give each server a log folder of its own, or stop the other one.',
  });
}
