import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRunFile, type RunFile } from '../../src/events/run-file-writer.ts';
import { runLineSchema } from '../../src/protocol/run-file.ts';
import { labelOf, track } from './support/synthetic.ts';

let dir: string;
const path = (name: string) => join(dir, name);
const display = { width: 1280, height: 720 };

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'heatbox-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const header = (file: RunFile) =>
  file.header({
    heatbox: '0.1.0',
    source: 'in.mp4',
    size: display,
    frameRate: 20,
    model: { name: 'tiny', sha256: null },
    options: { stride: 2 },
  });
const frame = (file: RunFile, index: number) =>
  file.frame({ index, pts: index / 20, display, tracks: [track(1, index / 20)] }, labelOf);
const totals = (file: RunFile, frames: number) =>
  file.totals({ frames, analysed: frames, tracks: 1, seconds: 1.5, complete: true });

describe('a run file', () => {
  it('has a header, the frames and the totals, by its schema, and appears when it is complete', async () => {
    const file = openRunFile(path('x.ndjson'), 'in.mp4', false);
    await header(file);
    for (let index = 0; index < 1000; index++) await frame(file, index);
    expect(readdirSync(dir)).not.toContain('x.ndjson');
    await totals(file, 1000);
    expect(readdirSync(dir)).toEqual(['x.ndjson']);
    const lines = readFileSync(path('x.ndjson'), 'utf8').trimEnd().split('\n');
    const parsed = lines.map((line) => runLineSchema.parse(JSON.parse(line)));
    expect(parsed.map(({ type }) => type)).toEqual(['header', ...Array(1000).fill('frame'), 'totals']);
    expect(parsed[21]).toMatchObject({ frame: 20, pts: 1, tracks: [{ id: 1, label: 'tabby', classIndex: 1 }] });
  });

  it('replaces an old one only when it is complete', async () => {
    writeFileSync(path('x.ndjson'), 'old');
    const dropped = openRunFile(path('x.ndjson'), 'in.mp4', true);
    await header(dropped);
    dropped.discard();
    dropped.discard();
    expect(readdirSync(dir)).toEqual(['x.ndjson']);
    expect(readFileSync(path('x.ndjson'), 'utf8')).toBe('old');
    const kept = openRunFile(path('x.ndjson'), 'in.mp4', true);
    await totals(kept, 0);
    expect(readFileSync(path('x.ndjson'), 'utf8')).toMatch(/^\{"type":"totals",.*\}\n$/);
  });

  it('is refused where there is an old one, without force', () => {
    writeFileSync(path('x.ndjson'), 'old');
    const refused = expect.objectContaining({ code: 'OUTPUT_EXISTS' });
    expect(() => openRunFile(path('x.ndjson'), 'in.mp4', false)).toThrow(refused);
  });
});

describe('a pipe', () => {
  let reader: number;

  beforeEach(() => {
    execFileSync('mkfifo', [path('pipe')]);
    reader = openSync(path('pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
  });

  it('gets each line at once, and stays a pipe', async () => {
    const file = openRunFile(path('pipe'), 'in.mp4', false);
    await header(file);
    await frame(file, 0);
    const buffer = Buffer.alloc(65536);
    const text = buffer.toString('utf8', 0, readSync(reader, buffer));
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    ).toEqual(['header', 'frame']);
    await totals(file, 1);
    closeSync(reader);
    expect(readdirSync(dir)).toEqual(['pipe']);
  });

  it('makes the run wait while nobody reads, without stopping this thread', async () => {
    const file = openRunFile(path('pipe'), 'in.mp4', false);
    let written = 0;
    const writing = (async () => {
      for (; written < 1000; written++) await frame(file, written);
    })();
    // The pipe is full when no line gets through while a hundred other calls of the file system do.
    for (let before = -1; before < written; ) {
      before = written;
      for (let calls = 0; calls < 100; calls++) await stat(path('pipe'));
    }
    expect(written).toBeGreaterThan(10);
    expect(written).toBeLessThan(1000);
    const buffer = Buffer.alloc(65536);
    while (written < 1000) {
      try {
        readSync(reader, buffer);
      } catch {
        // Nothing there yet.
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    closeSync(reader);
    file.discard();
    expect(written).toBe(1000);
  });

  it('without a reader any more ends the run', async () => {
    const file = openRunFile(path('pipe'), 'in.mp4', false);
    await header(file);
    closeSync(reader);
    await expect(frame(file, 0)).rejects.toMatchObject({ code: 'OUTPUT_CLOSED', kind: 'runtime' });
    file.discard();
  });
});
