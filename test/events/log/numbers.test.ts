import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { thisProcess } from '../../../src/events/log/lock.ts';
import { type EventLog, openLog } from '../../../src/events/log/log.ts';
import { syntheticStream } from '../support/synthetic.ts';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'heatbox-numbers-'));
  folder = join(parent, 'log');
});
let mounted = false;
afterEach(async () => {
  vi.useRealTimers();
  if (mounted) execFileSync('umount', ['-l', folder]);
  mounted = false;
  await rm(parent, { recursive: true, force: true });
});

function open(change = {}): Promise<EventLog> {
  const disk = { folder, segmentBytes: 1, segmentSeconds: 1e6, retainBytes: 1e9, retainSeconds: 1e6, ...change };
  return openLog({ memoryBytes: 1e8, disk });
}

async function publish(log: EventLog, frames = 5): Promise<number> {
  const stream = syntheticStream();
  for (let i = 0; i < frames; i++) for (const draft of stream.next()) log.publish(draft);
  await log.flush();
  return log.newest;
}

/** What a killed server leaves: its lock names a process that is no more. */
async function killed(path = folder): Promise<void> {
  await writeFile(join(path, 'lock'), JSON.stringify({ ...thisProcess(), pid: 999_999_999, started: null }));
}

async function segments(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
}

describe('no event number means two things', () => {
  test('after a server was killed, whose lines are all on disk: the numbers go on without a gap', async () => {
    const log = await open();
    const last = await publish(log);
    await killed();
    const again = await open();
    expect([again.epoch, again.newest]).toEqual([log.epoch, last]);
    await again.close();
  });

  test('after the folder was away, the server was killed, and the folder came back', async () => {
    const log = await open();
    await publish(log);
    await rename(folder, `${folder}.away`);
    const given = await publish(log);
    expect(log.health.value.state).toBe('degraded');
    await rename(`${folder}.away`, folder);
    await killed();
    const again = await open();
    expect(again.epoch).toBe(log.epoch);
    expect(again.newest).toBeGreaterThanOrEqual(given);
    await again.close();
  });

  test('after the last segment was shortened under the same boot', async () => {
    const log = await open({ segmentBytes: 1e6 });
    const given = await publish(log);
    await killed();
    const [file] = (await segments()) as [string];
    const text = await readFile(join(folder, file), 'utf8');
    await truncate(join(folder, file), text.indexOf('\n', text.length / 2) + 1);
    const again = await open();
    expect(again.newest).toBeGreaterThanOrEqual(given);
    await again.close();
  });

  test('after a folder was put back from an older copy', async () => {
    const log = await open();
    await publish(log);
    await cp(folder, `${folder}.copy`, { recursive: true });
    const given = await publish(log);
    await rm(folder, { recursive: true });
    await rename(`${folder}.copy`, folder);
    await killed();
    const again = await open();
    expect(again.newest).toBeGreaterThanOrEqual(given);
    await again.close();
  });

  test('after the lock of a live server was removed, and another has taken the folder', async () => {
    const log = await open();
    const before = await publish(log);
    await rm(join(folder, 'lock'));
    const other = await open();
    const given = await publish(log);
    expect(log.health.value).toMatchObject({
      state: 'degraded',
      error: { message: expect.stringContaining('another server') },
    });
    expect(given).toBeGreaterThan(before);
    expect(other.newest).toBeGreaterThanOrEqual(given);
    const [state, lock] = await Promise.all(['state.json', 'lock'].map((name) => readFile(join(folder, name), 'utf8')));
    await log.close();
    expect(await readFile(join(folder, 'state.json'), 'utf8')).toBe(state);
    expect(await readFile(join(folder, 'lock'), 'utf8')).toBe(lock);
    await other.close();
  });

  test('with a state that reserves more than can be counted: events go on under another epoch', async () => {
    const log = await open();
    const last = await publish(log);
    await log.close();
    const state = JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'));
    await writeFile(join(folder, 'state.json'), JSON.stringify({ ...state, reserved: Number.MAX_SAFE_INTEGER }));
    const again = await open();
    expect(again.epoch).not.toBe(log.epoch);
    expect(await publish(again)).toBeGreaterThan(last);
    await again.close();
  });

  test('with a line that has the highest number there is', async () => {
    const log = await open();
    const last = await publish(log);
    await log.close();
    const file = join(folder, (await segments()).at(-1) as string);
    const line = (await readFile(file, 'utf8')).trimEnd().split('\n').at(-1) as string;
    await writeFile(file, `${line}\n${line.replace(/"seq":\d+/, `"seq":${Number.MAX_SAFE_INTEGER}`)}\n`);
    const again = await open();
    expect(again.newest).toBe(last);
    expect(await publish(again)).toBeGreaterThan(last);
    await again.close();
  });
});

describe('a log folder that is deleted while it is used', () => {
  test('is created again, with a lock and a state of its own', async () => {
    const log = await open();
    await publish(log);
    await rm(folder, { recursive: true });
    const first = log.newest + 1;
    const last = await publish(log);
    expect(log.health.value).toEqual({ state: 'ok' });
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['lock', 'state.json', 'whole']));
    const lines = (await Promise.all((await segments()).map((name) => readFile(join(folder, name), 'utf8')))).join('');
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq),
    ).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
    await log.close();
    const again = await open();
    expect([again.epoch, again.newest]).toEqual([log.epoch, last]);
    await again.close();
  });

  test('is noticed while a segment is open', async () => {
    const log = await open({ segmentBytes: 1e9 });
    await publish(log);
    await rm(folder, { recursive: true });
    await expect
      .poll(
        async () => {
          await publish(log, 1);
          return segments().catch(() => []);
        },
        { timeout: 10_000 },
      )
      .toHaveLength(1);
    await log.close();
  });

  test('and taken by another server is left alone, also at the end', async () => {
    const log = await open();
    await publish(log);
    await rm(folder, { recursive: true });
    const other = await open();
    await publish(other);
    await publish(log);
    expect(log.health.value.state).toBe('degraded');
    await log.close();
    const last = await publish(other);
    await other.close();
    const again = await open();
    expect([again.epoch, again.newest]).toEqual([other.epoch, last]);
    await again.close();
  });
});

describe('a clock that is set anew', () => {
  test('forward deletes nothing', async () => {
    const before = await open();
    await publish(before);
    await before.close();
    const log = await open({ retainSeconds: 3600 });
    await publish(log);
    const kept = await segments();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 400 * 86_400_000 });
    await publish(log);
    expect(await segments()).toEqual(expect.arrayContaining(kept));
    await log.close();
  });

  test('back, or not at all: what is old by the monotonic clock is deleted', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const log = await open({ retainSeconds: 3600 });
    await publish(log);
    const old = await segments();
    vi.advanceTimersByTime(7_200_000);
    vi.setSystemTime(0);
    await publish(log);
    expect((await segments()).filter((name) => old.includes(name))).toEqual([]);
    await log.close();
  });

  test('back while the disk is away does not keep it from being tried again', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const log = await open();
    await publish(log);
    await rename(folder, `${folder}.away`);
    await publish(log);
    await rename(`${folder}.away`, folder);
    vi.setSystemTime(Date.now() - 86_400_000);
    vi.advanceTimersByTime(2_000);
    await publish(log);
    expect(log.health.value).toEqual({ state: 'ok' });
    await log.close();
  });
});

describe('a server that starts on a full disk', () => {
  /** A disk of 400 kB, where the machine lets us have one. */
  function mountSmall(): string | undefined {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', folder], { stdio: 'pipe' });
      mounted = true;
      return undefined;
    } catch (error) {
      return String((error as { stderr?: Buffer }).stderr ?? error).trim();
    }
  }

  async function fill(): Promise<void> {
    await writeFile(join(folder, 'ballast'), Buffer.alloc(500_000)).catch(() => undefined);
  }

  test('starts degraded, numbers safely, and writes when there is room', async (context) => {
    await mkdir(folder);
    const reason = mountSmall();
    context.skip(reason !== undefined, `no small disk can be mounted: ${reason}`);
    const log = await open();
    await publish(log);
    await killed();
    await fill();
    const again = await open();
    const given = await publish(again);
    expect(again.health.value).toMatchObject({
      state: 'degraded',
      error: { message: expect.stringContaining('ENOSPC') },
    });
    expect(again.epoch).toBe(log.epoch);
    await rm(join(folder, 'ballast'));
    await killed();
    await fill();
    const third = await open();
    expect(third.newest).toBeGreaterThanOrEqual(given);
    await rm(join(folder, 'ballast'));
    await publish(third);
    expect(third.health.value).toEqual({ state: 'ok' });
    await third.close();
  });

  test('and has no state there yet: counts under an epoch that no other start knows', async (context) => {
    await mkdir(folder);
    const reason = mountSmall();
    context.skip(reason !== undefined, `no small disk can be mounted: ${reason}`);
    await fill();
    const log = await open();
    await publish(log);
    expect(log.health.value.state).toBe('degraded');
    await rm(join(folder, 'lock'));
    const again = await open();
    expect(again.epoch).not.toBe(log.epoch);
    await again.close();
  });
});
