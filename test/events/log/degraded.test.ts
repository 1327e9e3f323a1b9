import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type EventLog, openLog } from '../../../src/events/log/log.ts';
import { connect, serve } from '../../server/support/serve.ts';
import { skipped } from '../../support/tools.ts';
import { syntheticStream } from '../support/synthetic.ts';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'heatbox-degraded-'));
  folder = join(parent, 'log');
});
let mounted = false;
afterEach(async () => {
  vi.useRealTimers();
  if (mounted) execFileSync('umount', [folder]);
  mounted = false;
  await rm(parent, { recursive: true, force: true });
});

/** Every write begins a new segment, so that a folder that is away is noticed. */
function open(memoryBytes = 1e8, change = {}): Promise<EventLog> {
  const disk = { folder, segmentBytes: 1, segmentSeconds: 1e6, retainBytes: 1e9, retainSeconds: 1e6, ...change };
  return openLog({ memoryBytes, disk });
}

async function publish(log: EventLog, frames: number, stream = syntheticStream()): Promise<void> {
  for (let i = 0; i < frames; i++) {
    for (const draft of stream.next()) log.publish(draft);
    await log.flush();
  }
}

async function onDisk(): Promise<number[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line).seq);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('when the disk is gone', () => {
  test('events go on from memory, and are written late when it is back', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const log = await open();
    await publish(log, 10);
    await rename(folder, `${folder}.away`);
    const before = log.newest;
    await publish(log, 10);
    expect(log.newest).toBeGreaterThan(before);
    expect(log.health.value).toMatchObject({ state: 'degraded', error: { code: 'LOG_WRITE' } });
    await rename(`${folder}.away`, folder);
    expect((await onDisk()).at(-1)).toBe(before);
    vi.advanceTimersByTime(60_000);
    await publish(log, 1);
    expect(log.health.value).toEqual({ state: 'ok' });
    expect(await onDisk()).toEqual(range(1, log.newest));
    await log.close();
  });

  test('it is tried again with growing pauses, not with every event', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const log = await open();
    await publish(log, 1);
    const states: string[] = [];
    log.health.subscribe(({ state }) => states.push(state));
    await rename(folder, `${folder}.away`);
    await publish(log, 5);
    await rename(`${folder}.away`, folder);
    await publish(log, 5);
    expect(states).toEqual(['ok', 'degraded']);
    vi.advanceTimersByTime(1_000);
    await publish(log, 1);
    expect(states).toEqual(['ok', 'degraded', 'ok']);
    await log.close();
  });

  test('what memory could not hold either is a gap with its range', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const log = await open(40_000);
    const stream = syntheticStream();
    await publish(log, 10, stream);
    const lastWritten = log.newest;
    await rename(folder, `${folder}.away`);
    await publish(log, 200, stream);
    await rename(`${folder}.away`, folder);
    vi.advanceTimersByTime(60_000);
    await publish(log, 5, stream);
    const written = await onDisk();
    const resumed = written[written.indexOf(lastWritten) + 1] as number;
    expect(resumed).toBeGreaterThan(lastWritten + 1);
    const gaps = [];
    for await (const piece of log.replay(1, log.newest)) if (piece.kind === 'gap') gaps.push(piece);
    expect(gaps).toEqual([{ kind: 'gap', reason: 'missing', from: lastWritten + 1, to: resumed - 1 }]);
    await log.close();
  });

  test('numbers that only memory had are not used again after the process died', async () => {
    const log = await open();
    await publish(log, 10);
    await rename(folder, `${folder}.away`);
    await publish(log, 1);
    // The marker went while it could; here the folder is back before anything was written late.
    await rename(`${folder}.away`, folder);
    await rm(join(folder, 'whole'), { force: true });
    const given = log.newest;
    await rm(join(folder, 'lock'));
    const again = await open();
    await publish(again, 1);
    expect(again.newest).toBeGreaterThan(given + 1);
    await again.close();
  });

  test('operators, metrics and clients are told', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const log = await open();
    const { server, wsUrl, logged } = await serve({ log });
    const client = await connect(wsUrl);
    client.send({ type: 'subscribe', delivery: 'every' });
    await publish(log, 2);
    await rename(folder, `${folder}.away`);
    await publish(log, 2);
    expect(await client.heard('notice')).toMatchObject({ code: 'log-degraded' });
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, log: 'degraded' }]);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/heatbox_log_degraded 1\n/);
    expect(logged()).toMatch(/"level":50.*Events cannot be written to the log/);
    await rename(`${folder}.away`, folder);
    vi.advanceTimersByTime(60_000);
    await publish(log, 2);
    expect(await client.heard('notice', 2)).toMatchObject({ code: 'log-recovered' });
  });
});

describe('when the disk is full', () => {
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

  test('no half line stays, and all is written when there is room again', async (context) => {
    await mkdir(folder);
    const reason = mountSmall();
    context.skip(reason !== undefined && skipped(`a full disk, since none can be mounted: ${reason}`));
    vi.useFakeTimers({ toFake: ['performance'] });
    await writeFile(join(folder, 'ballast'), Buffer.alloc(250_000));
    const log = await open(1e8, { segmentBytes: 1e6 });
    const stream = syntheticStream();
    await publish(log, 100, stream);
    expect(log.health.value).toMatchObject({
      state: 'degraded',
      error: { message: expect.stringContaining('ENOSPC') },
    });
    const written = await onDisk();
    expect(written).toEqual(range(1, written.length));
    await rm(join(folder, 'ballast'));
    vi.advanceTimersByTime(60_000);
    await publish(log, 1, stream);
    expect(log.health.value).toEqual({ state: 'ok' });
    expect(await onDisk()).toEqual(range(1, log.newest));
    await log.close();
  });
});

test('of a disk that is slower than the events, updates are refused, and all other events are written', async () => {
  // Published in one go, before the disk can take the first: several times what memory holds.
  const log = await open(200_000);
  const stream = syntheticStream({ life: 50 });
  const published = Array.from({ length: 300 }, () => stream.next()).flat();
  for (const draft of published) log.publish(draft);
  await log.flush();
  expect(log.refused).toBeGreaterThan(100);
  expect(log.health.value).toEqual({ state: 'ok' });
  expect(await onDisk()).toEqual(range(1, log.newest));
  const written: string[] = [];
  for await (const piece of log.replay(1, log.newest)) {
    written.push(...(piece.kind === 'gap' ? ['gap'] : piece.entries.map(({ event }) => event.type)));
  }
  const lasting = (types: string[]) => types.filter((type) => type !== 'track.updated' && type !== 'frame');
  expect(lasting(written)).toEqual(lasting(published.map(({ type }) => type)));
  await log.close();
});

test('a folder that may not be written is refused at the start', async () => {
  await mkdir(folder);
  await chmod(parent, 0o755);
  await chmod(folder, 0o555);
  const isRoot = process.getuid?.() === 0;
  // Root may write everywhere.
  if (isRoot) process.seteuid?.('nobody');
  try {
    await expect(open()).rejects.toMatchObject({ code: 'LOG_FOLDER' });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});
