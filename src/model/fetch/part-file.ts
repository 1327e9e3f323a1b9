import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isAlive } from '../../threads/is-alive.ts';

/**
 * Claims what an earlier process has downloaded of a file. Unfinished downloads are called `<file>.<host>.<pid>.<n>.part`;
 * a rename gives one to a single process, however many try, and only those of dead processes are taken. So several
 * processes can fetch the same file at once without a lock: each into a part of its own.
 *
 * @param path - the file's place once it is whole.
 * @returns the part's path, which need not exist.
 */
export async function claimPart(path: string): Promise<string> {
  const own = `${path}.${hostname()}.${process.pid}.${randomBytes(4).toString('hex')}.part`;
  const abandoned = await Promise.all((await partsOf(path)).map(async (part) => ({ part, size: await sizeOf(part) })));
  for (const { part } of abandoned.sort((a, b) => b.size - a.size)) {
    try {
      await rename(part, own);
      return own;
    } catch {
      // Another process was quicker.
    }
  }
  return own;
}

/** Lets go of a part, so that another call can claim it, also from this process. */
export async function abandonPart(part: string): Promise<void> {
  const free = part.replace(/\.\d+\.([0-9a-f]+)\.part$/, '.0.$1.part');
  await rename(part, free).catch(() => undefined);
}

/** Removes the parts of a file that nobody is writing to. */
export async function removeParts(path: string): Promise<void> {
  for (const part of await partsOf(path)) await rm(part, { force: true });
}

/** Parts whose process is gone. On another host, which shares the folder, nobody can tell: its parts are left alone. */
async function partsOf(path: string): Promise<string[]> {
  const prefix = `${basename(path)}.${hostname()}.`;
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith('.part'))
    .filter((name) => !isAlive(Number(name.slice(prefix.length).split('.')[0])))
    .map((name) => join(dirname(path), name));
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
