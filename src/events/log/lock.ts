import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { HeatboxError } from '../../error.ts';
import { bootId } from './state.ts';

interface Owner {
  readonly pid: number;
  /** Start time of the process, where the system tells it: a number may be given to another process later. */
  readonly started: string | null;
  readonly host: string;
  readonly boot: string;
  readonly id: string;
}

const TOUCH_MS = 5_000;
const STALE_MS = 20_000;

/**
 * Takes a folder for this process alone and returns how to give it back. A lock whose owner is dead is taken over: at
 * once if the owner ran on this machine, else when it has not been touched for 20 s.
 *
 * @throws HeatboxError `LOG_LOCKED` while somebody else writes there.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock');
  const owner: Owner = {
    pid: process.pid,
    started: startTime(process.pid),
    host: os.hostname(),
    boot: bootId(),
    id: randomUUID(),
  };
  if (!(await create(path, owner))) {
    await takeOver(path, folder);
    if (!(await create(path, owner))) throw locked(folder, await readOwner(path));
  }
  const timer = setInterval(() => {
    utimes(path, new Date(), new Date()).catch(() => undefined);
  }, TOUCH_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    if ((await readOwner(path))?.id === owner.id) await unlink(path).catch(() => undefined);
  };
}

async function create(path: string, owner: Owner): Promise<boolean> {
  try {
    const handle = await open(path, 'wx');
    await handle.writeFile(JSON.stringify(owner));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the lock aside before deleting it: of two who find it stale only one gets it, and a fresh one is put back. */
async function takeOver(path: string, folder: string): Promise<void> {
  const judged = await readOwner(path);
  if (await isAlive(path, judged)) throw locked(folder, judged);
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readOwner(aside);
  if (moved?.id !== judged?.id) {
    await rename(aside, path);
    throw locked(folder, moved);
  }
  await unlink(aside);
}

async function isAlive(path: string, owner: Owner | undefined): Promise<boolean> {
  if (owner && owner.host === os.hostname() && owner.boot === bootId()) {
    if (owner.started !== startTime(owner.pid)) return false;
    try {
      process.kill(owner.pid, 0);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  }
  const touched = await stat(path).catch(() => undefined);
  return touched !== undefined && Date.now() - touched.mtimeMs < STALE_MS;
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

function locked(folder: string, owner: Owner | undefined): HeatboxError {
  const by = owner ? ` by process ${owner.pid} on ${owner.host}` : '';
  return new HeatboxError('LOG_LOCKED', `The log folder ${folder} is in use${by}`, {
    kind: 'usage',
    value: folder,
    hint: 'Give each server a log folder of its own, or stop the other one.',
  });
}
