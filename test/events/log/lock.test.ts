import { mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { lockFolder, type Owner, thisProcess } from '../../../src/events/log/lock.ts';

const TIMING = { touchMs: 20, staleMs: 200 };

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heatbox-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A lock of another server that is alive: it moves, by a clock that is a year off. */
async function alive(owner: Partial<Owner>): Promise<void> {
  await writeFile(lock, JSON.stringify({ ...thisProcess(), ...owner }));
  let time = 1_000;
  const timer = setInterval(() => void utimes(lock, time, time++).catch(() => undefined), TIMING.touchMs);
  onTestFinished(() => clearInterval(timer));
}

describe('what counts as alive', () => {
  test.each<[string, Partial<Owner>]>([
    ['in another pid namespace under the same host name', { namespace: 'pid:[1]', pid: 999_999_999 }],
    ['on another machine', { host: 'elsewhere', boot: 'other' }],
    ['on a machine of the same name', { boot: 'other' }],
    ['of an older version, which names no namespace', { namespace: undefined as never }],
  ])('is an owner %s whose lock moves, whatever its clock says', async (_, owner) => {
    await alive(owner);
    await expect(lockFolder(folder, TIMING)).rejects.toMatchObject({ code: 'LOG_LOCKED', kind: 'usage' });
  });

  test.each<[string, Partial<Owner>]>([
    ['in another pid namespace', { namespace: 'pid:[1]' }],
    ['on another machine', { host: 'elsewhere', boot: 'other' }],
  ])('is not an owner %s whose lock stands still, though it is dated in the future', async (_, owner) => {
    await writeFile(lock, JSON.stringify({ ...thisProcess(), ...owner }));
    await utimes(lock, 4e9, 4e9);
    const taken = await lockFolder(folder, TIMING);
    expect(taken.certain).toBe(false);
    await taken.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is not a process of this machine that is gone, or whose number another has now', async () => {
    for (const owner of [{ pid: 999_999_999, started: null }, { started: '1' }]) {
      await writeFile(lock, JSON.stringify({ ...thisProcess(), ...owner }));
      const taken = await lockFolder(folder, TIMING);
      expect(taken.certain).toBe(true);
      await taken.release();
    }
  });
});

describe('a lock', () => {
  test('tells whether the folder is still its own, away, deleted, or lost to another', async () => {
    const taken = await lockFolder(folder, TIMING);
    expect(await taken.check()).toBe('ours');
    await rename(lock, `${lock}.away`);
    expect(await taken.check()).toBe('away');
    await rename(`${lock}.away`, lock);
    expect(await taken.check()).toBe('ours');
    await rm(folder, { recursive: true });
    expect(await taken.check()).toBe('deleted');
    expect(await taken.retake()).toBe(true);
    expect(await taken.check()).toBe('ours');
    await rm(lock);
    const other = await lockFolder(folder, TIMING);
    expect(await taken.check()).toBe('lost');
    expect(await taken.retake()).toBe(false);
    await taken.release();
    expect(await other.check()).toBe('ours');
    expect(await readFile(lock, 'utf8')).toContain(String(process.pid));
    await other.release();
  });
});
