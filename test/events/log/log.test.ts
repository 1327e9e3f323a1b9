import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DiskOptions } from '../../../src/events/log/disk.ts';
import { type EventLog, openLog } from '../../../src/events/log/log.ts';
import type { Replayed } from '../../../src/events/log/replay.ts';
import { eventSchema } from '../../../src/protocol/events.ts';
import { syntheticStream } from '../support/synthetic.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heatbox-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function disk(change: Partial<DiskOptions> = {}): DiskOptions {
  return { folder, segmentBytes: 1e6, segmentSeconds: 3600, retainBytes: 1e9, retainSeconds: 1e6, ...change };
}

async function publishFrames(log: EventLog, frames: number, stream = syntheticStream()): Promise<void> {
  for (let i = 0; i < frames; i++) {
    for (const draft of stream.next()) log.publish(draft);
    if (i % 10 === 9) await log.flush();
  }
  await log.flush();
}

async function read(log: EventLog, from: number, to = log.newest): Promise<Replayed[]> {
  const pieces: Replayed[] = [];
  for await (const piece of log.replay(from, to)) pieces.push(piece);
  return pieces;
}

function seqs(pieces: readonly Replayed[]): number[] {
  return pieces.flatMap((piece) => (piece.kind === 'entries' ? piece.entries.map(({ seq }) => seq) : []));
}

function gaps(pieces: readonly Replayed[]): unknown[] {
  return pieces.filter(({ kind }) => kind === 'gap');
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('in memory', () => {
  test('numbers events by one and shows them in order', async () => {
    const log = await openLog();
    const shown: number[] = [];
    log.advanced.subscribe((newest) => shown.push(newest));
    await publishFrames(log, 30);
    expect(seqs(await read(log, 1))).toEqual(range(1, log.newest));
    expect(shown.at(-1)).toBe(log.newest);
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    await log.close();
  });

  test('keeps the newest events within its bound and names what it no longer has', async () => {
    const log = await openLog({ memoryBytes: 200_000 });
    await publishFrames(log, 500);
    const pieces = await read(log, 1);
    expect(log.oldest).toBeGreaterThan(1);
    expect(gaps(pieces)).toEqual([{ kind: 'gap', reason: 'expired', from: 1, to: log.oldest - 1 }]);
    expect(seqs(pieces)).toEqual(range(log.oldest, log.newest));
    expect(log.bytesFrom(log.oldest)).toBeLessThanOrEqual(200_000);
    await log.close();
  });

  test('counts anew under another epoch after each start', async () => {
    const [one, two] = [await openLog(), await openLog()];
    expect(one.epoch).not.toBe(two.epoch);
    await Promise.all([one.close(), two.close()]);
  });

  test('refuses an event that is not one', async () => {
    const log = await openLog();
    const [draft] = syntheticStream().next();
    expect(() => log.publish({ ...draft, stream: '../etc' } as never)).toThrowError(
      expect.objectContaining({ code: 'EVENT_INVALID' }),
    );
    expect(() => log.publish({ ...draft, pts: Number.NaN } as never)).toThrowError(/pts/);
    await log.close();
    expect(() => log.publish(draft as never)).toThrowError(expect.objectContaining({ code: 'LOG_CLOSED' }));
  });
});

describe('on disk', () => {
  test('shows an event only when its line is in the file', async () => {
    const log = await openLog({ disk: disk() });
    const checks: Promise<void>[] = [];
    log.advanced.subscribe((newest) => {
      checks.push(
        readdir(folder).then(async (names) => {
          const files = names.filter((name) => name.endsWith('.ndjson'));
          const text = (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).join('');
          expect(text).toContain(`"seq":${newest},`);
        }),
      );
    });
    await publishFrames(log, 20);
    await Promise.all(checks);
    expect(checks.length).toBeGreaterThan(1);
    await log.close();
  });

  test('goes on counting after a restart, with the old events at hand', async () => {
    const first = await openLog({ disk: disk() });
    await publishFrames(first, 50);
    const last = first.newest;
    await first.close();
    const second = await openLog({ disk: disk() });
    expect(second.epoch).toBe(first.epoch);
    expect([second.oldest, second.newest]).toEqual([1, last]);
    await publishFrames(second, 50, syntheticStream({ session: 's2' }));
    const pieces = await read(second, 1);
    expect(gaps(pieces)).toEqual([]);
    expect(seqs(pieces)).toEqual(range(1, second.newest));
    for (const piece of pieces)
      if (piece.kind === 'entries') for (const { event } of piece.entries) eventSchema.parse(event);
    await second.close();
  });

  test('reads what memory has forgotten from the segments, in any part', async () => {
    const log = await openLog({ memoryBytes: 50_000, disk: disk({ segmentBytes: 30_000 }) });
    await publishFrames(log, 400);
    expect((await readdir(folder)).filter((name) => name.endsWith('.ndjson')).length).toBeGreaterThan(5);
    for (const [from, to] of [
      [1, log.newest],
      [777, 779],
      [log.newest, log.newest],
      [300, 900],
    ] as const) {
      const pieces = await read(log, from, to);
      expect(gaps(pieces)).toEqual([]);
      expect(seqs(pieces)).toEqual(range(from, to));
    }
    await log.close();
  });

  test('deletes the oldest segments past its bound, also under a reader', async () => {
    const log = await openLog({ memoryBytes: 50_000, disk: disk({ segmentBytes: 30_000, retainBytes: 150_000 }) });
    const stream = syntheticStream();
    await publishFrames(log, 100, stream);
    const reader = log.replay(1, 1e9);
    const pieces = [(await reader.next()).value as Replayed];
    await publishFrames(log, 400, stream);
    for await (const piece of reader) pieces.push(piece);
    const covered = pieces.flatMap((piece) =>
      piece.kind === 'gap' ? range(piece.from, piece.to) : piece.entries.map(({ seq }) => seq),
    );
    expect(covered).toEqual(range(1, covered.at(-1) as number));
    expect(gaps(pieces)).toEqual([expect.objectContaining({ reason: 'expired' })]);
    const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
    await log.close();
  });

  test('begins a new segment after the given time', async () => {
    const log = await openLog({ disk: disk({ segmentSeconds: 0 }) });
    await publishFrames(log, 30);
    expect((await readdir(folder)).filter((name) => name.endsWith('.ndjson')).length).toBeGreaterThanOrEqual(3);
    expect(seqs(await read(log, 1))).toEqual(range(1, log.newest));
    await log.close();
  });

  test.each([
    ['half a line', '{"v":1,"seq":'],
    ['a whole line of zeros', `${'\0'.repeat(100)}\n`],
    ['nonsense and half a line', 'x\n{"v"'],
  ])('cuts %s off the end and goes on behind the last whole line', async (_, rubbish) => {
    const log = await openLog({ disk: disk() });
    await publishFrames(log, 20);
    const last = log.newest;
    await log.close();
    const [file] = (await readdir(folder)).filter((name) => name.endsWith('.ndjson'));
    await appendFile(join(folder, file as string), rubbish);
    const again = await openLog({ disk: disk() });
    expect(again.cut).toBe(Buffer.byteLength(rubbish));
    const lines = (await readFile(join(folder, file as string), 'utf8')).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(range(1, last));
    expect(again.newest).toBe(last);
    await publishFrames(again, 5, syntheticStream({ session: 's2' }));
    expect(seqs(await read(again, 1))).toEqual(range(1, again.newest));
    await again.close();
  });

  test('never gives out a number twice after a machine died, whatever of the log is left', async () => {
    const log = await openLog({ disk: disk() });
    await publishFrames(log, 20);
    const last = log.newest;
    const state = JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'));
    await log.close();
    // What a power failure leaves: the state of a run that never closed, another boot, the last lines gone.
    await writeFile(join(folder, 'state.json'), JSON.stringify({ ...state, boot: 'before the power failure' }));
    const [file] = (await readdir(folder)).filter((name) => name.endsWith('.ndjson'));
    const lines = (await readFile(join(folder, file as string), 'utf8')).split('\n');
    await writeFile(join(folder, file as string), `${lines.slice(0, 10).join('\n')}\n`);
    const again = await openLog({ disk: disk() });
    await publishFrames(again, 5, syntheticStream({ session: 's2' }));
    const pieces = await read(again, 1);
    const resumed = seqs(pieces)[10] as number;
    expect(resumed).toBeGreaterThan(last);
    expect(gaps(pieces)).toEqual([{ kind: 'gap', reason: 'missing', from: 11, to: resumed - 1 }]);
    await again.close();
  });

  test('never gives out a number twice after the segments were deleted by hand', async () => {
    const log = await openLog({ disk: disk() });
    await publishFrames(log, 20);
    const last = log.newest;
    await log.close();
    for (const name of await readdir(folder)) if (name.endsWith('.ndjson')) await rm(join(folder, name));
    const again = await openLog({ disk: disk() });
    await publishFrames(again, 1);
    expect(again.oldest).toBe(last + 1);
    await again.close();
  });

  test('is written by one server at a time', async () => {
    const log = await openLog({ disk: disk() });
    await expect(openLog({ disk: disk() })).rejects.toMatchObject({ code: 'LOG_LOCKED', kind: 'usage' });
    await log.close();
    await (await openLog({ disk: disk() })).close();
  });

  test('says what is wrong with a folder it cannot have', async () => {
    await writeFile(join(folder, 'file'), '');
    const failed = openLog({ disk: disk({ folder: join(folder, 'file') }) });
    await expect(failed).rejects.toMatchObject({ code: 'LOG_FOLDER', hint: expect.any(String) });
  });
});
