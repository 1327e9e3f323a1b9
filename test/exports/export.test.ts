import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLog } from '../../src/events/log/log.ts';
import { wireTrack } from '../../src/events/wire-track.ts';
import { EXPORTS, type ExportFormat, openRecording, type Selection } from '../../src/exports/index.ts';
import type { EventOf, HeatboxEvent } from '../../src/protocol/events.ts';
import type { RunLine } from '../../src/protocol/run-file.ts';
import { noBrowser, openPage } from '../events/support/chromium.ts';
import { labelOf, syntheticStream, track } from '../events/support/synthetic.ts';
import { evaluationMaterial } from '../support/shared.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heatbox-export-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A log on disk with so many frames of each stream, and what is in it. */
async function record(frames: Record<string, number>): Promise<{ path: string; events: HeatboxEvent[] }> {
  const path = join(folder, 'log');
  const disk = { folder: path, segmentBytes: 100_000, segmentSeconds: 1e6, retainBytes: 1e9, retainSeconds: 1e6 };
  const log = await openLog({ disk });
  for (const [stream, count] of Object.entries(frames)) {
    const producer = syntheticStream({ stream, session: `${stream}-1`, tracks: 3 });
    for (const draft of producer.start()) log.publish(draft);
    for (let i = 0; i < count; i++) for (const draft of producer.next()) log.publish(draft);
    for (const draft of producer.end()) log.publish(draft);
    await log.flush();
  }
  const events: HeatboxEvent[] = [];
  for await (const piece of log.replay(1, log.newest))
    if (piece.kind === 'entries') events.push(...piece.entries.map(({ event }) => event));
  await log.close();
  return { path, events };
}

/** The NDJSON of a run: 50 frames at 20 a second, from a pts of 1 s. */
async function runFile(label = 'tabby'): Promise<string> {
  const size = { width: 640, height: 360 };
  const lines: RunLine[] = [
    {
      type: 'header',
      schema: 1,
      heatbox: '0.1.0',
      source: 'a, "b".mp4',
      size,
      frameRate: 20,
      model: { name: 'm', sha256: null },
      options: {},
    },
    ...Array.from({ length: 50 }, (_, frame) => ({
      type: 'frame' as const,
      frame,
      pts: 1 + frame / 20,
      tracks: [{ ...wireTrack(track(1, frame / 20), size, labelOf), label }],
    })),
    { type: 'totals', frames: 50, analysed: 50, tracks: 1, seconds: 1, complete: true },
  ];
  const path = join(folder, 'run.ndjson');
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

async function exported(path: string, format: ExportFormat, selection?: Selection): Promise<string> {
  let text = '';
  for await (const part of EXPORTS[format](await openRecording(path, selection))) text += part;
  return text;
}

function frames(events: readonly HeatboxEvent[]): EventOf<'frame'>[] {
  return events.filter((event) => event.type === 'frame');
}

function boxes(events: readonly HeatboxEvent[]): number {
  return frames(events).reduce((sum, { tracks }) => sum + tracks.length, 0);
}

describe('NDJSON', () => {
  test('is the log, event for event', async () => {
    const { path, events } = await record({ door: 60, yard: 30 });
    const lines = (await exported(path, 'ndjson')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(events);
    const yard = await exported(path, 'ndjson', { stream: 'yard' });
    expect(yard.trimEnd().split('\n').length).toBe(events.filter(({ stream }) => stream === 'yard').length);
  });

  test('reads back as what it was', async () => {
    const { path } = await record({ door: 20 });
    const text = await exported(path, 'ndjson');
    await writeFile(join(folder, 'copy.ndjson'), text);
    expect(await exported(join(folder, 'copy.ndjson'), 'ndjson')).toBe(text);
  });

  test('passes over what a crash left in a log, but not over nonsense in a file', async () => {
    const { path, events } = await record({ door: 20 });
    await appendFile(join(path, 'events-0000000000000001.ndjson'), '\0\0\0\n{"v":1,"seq":9');
    expect((await exported(path, 'ndjson')).trimEnd().split('\n').length).toBe(events.length);
    await writeFile(join(folder, 'x.ndjson'), `${JSON.stringify(events[0])}\n{"no":"event"}\n`);
    await expect(exported(join(folder, 'x.ndjson'), 'ndjson')).rejects.toMatchObject({
      code: 'EXPORT_LINE',
      message: expect.stringContaining('line 2'),
    });
  });
});

describe('CSV', () => {
  test('has one row for each box in the log', async () => {
    const { path, events } = await record({ door: 60, yard: 30 });
    const rows = csv(await exported(path, 'csv'));
    expect(rows.length).toBe(boxes(events) + 1);
    const [header, first] = rows as [string[], string[]];
    const [frame] = frames(events) as [EventOf<'frame'>];
    const [box] = frame.tracks as [(typeof frame.tracks)[0]];
    expect(Object.fromEntries(header.map((name, index) => [name, first[index]]))).toMatchObject({
      stream: 'door',
      session: 'door-1',
      frame: '0',
      id: String(box.id),
      label: box.label,
      score: String(box.score),
      x1: String(box.box[2]),
      y1_norm: String(box.boxNorm[3]),
      measured: 'true',
    });
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([23]));
  });

  test('quotes what needs it', async () => {
    const [, row] = csv(await exported(await runFile(), 'csv'));
    expect(row?.slice(0, 3)).toEqual(['a, "b".mp4', 'run', '0']);
  });
});

describe('MOTChallenge', () => {
  const scorer = evaluationMaterial('tools/mot-score.mjs');

  test.skipIf(!scorer)('scores 100 against itself', async () => {
    const { path, events } = await record({ door: 100 });
    const text = await exported(path, 'mot');
    expect(text.trimEnd().split('\n').length).toBe(boxes(events));
    await mkdir(join(folder, 'gt/door/gt'), { recursive: true });
    await mkdir(join(folder, 'results'));
    await writeFile(join(folder, 'gt/door/gt/gt.txt'), text);
    await writeFile(join(folder, 'results/door.txt'), text);
    const score = execFileSync(process.execPath, [scorer as string, join(folder, 'gt'), join(folder, 'results')]);
    expect(String(score)).toMatch(/ALL +HOTA +100\.0 +IDF1 +100\.0 +MOTA +100\.0 +switches +0/);
  });

  test('counts frames, ids and pixels from 1', async () => {
    const [first, second] = (await exported(await runFile(), 'mot')).split('\n');
    expect(first).toBe('1,1,21,41,100,100,0.6,-1,-1,-1');
    expect(second).toBe('2,1,26,41,100,100,0.6,-1,-1,-1');
  });

  test('is of one session of one stream, and says which there are', async () => {
    const { path } = await record({ door: 20, yard: 10 });
    await expect(exported(path, 'mot')).rejects.toMatchObject({ code: 'EXPORT_SEVERAL', value: ['door', 'yard'] });
    expect((await exported(path, 'mot', { stream: 'yard' })).trimEnd().split('\n').length).toBe(30);
  });
});

describe('COCO', () => {
  test('has the structure that detection tools read', async () => {
    const { path, events } = await record({ door: 60, yard: 30 });
    const coco = JSON.parse(await exported(path, 'coco'));
    expect(Object.keys(coco)).toEqual(['info', 'licenses', 'images', 'annotations', 'categories']);
    expect(coco.images.length).toBe(frames(events).length);
    expect(coco.annotations.length).toBe(boxes(events));
    const images = new Map<number, { width: number; height: number }>(
      coco.images.map((image: { id: number }) => [image.id, image]),
    );
    const categories = new Set(coco.categories.map(({ id }: { id: number }) => id));
    expect(images.size).toBe(coco.images.length);
    expect(new Set(coco.images.map((image: { file_name: string }) => image.file_name)).size).toBe(images.size);
    expect(new Set(coco.annotations.map(({ id }: { id: number }) => id)).size).toBe(coco.annotations.length);
    expect(categories.size).toBe(4);
    for (const { image_id, category_id, bbox, area, iscrowd } of coco.annotations) {
      expect(images.has(image_id) && categories.has(category_id)).toBe(true);
      expect(bbox.length).toBe(4);
      expect(area).toBeCloseTo(bbox[2] * bbox[3], 1);
      expect(iscrowd).toBe(0);
    }
    expect(coco.categories).toContainEqual({
      id: expect.any(Number),
      name: 'tabby',
      supercategory: '',
      wnid: 'n10000001',
    });
  });

  test('of nothing is still COCO', async () => {
    await writeFile(join(folder, 'empty.ndjson'), '');
    expect(JSON.parse(await exported(join(folder, 'empty.ndjson'), 'coco'))).toMatchObject({
      images: [],
      annotations: [],
    });
  });
});

describe('WebVTT', () => {
  test('has one cue for each frame, from its pts to the next', async () => {
    const text = await exported(await runFile(), 'webvtt');
    expect(text).toMatch(/^WEBVTT\n\n00:00:01\.000 --> 00:00:01\.050\n\{"frame":0,/);
    expect(text).toMatch(/\n00:00:03\.450 --> 00:00:03\.500\n\{"frame":49,[^\n]+\n$/);
    expect(text.match(/-->/g)?.length).toBe(50);
  });

  test.skipIf(noBrowser)('parses in a browser, cue for cue', { timeout: 60_000 }, async () => {
    const label = 'a --> <b> & "c"\n';
    const path = await runFile(label);
    const text = await exported(path, 'webvtt');
    const page = await openPage();
    const cues = (await page.evaluate(
      `(async () => {
        const video = document.createElement('video');
        const track = document.createElement('track');
        track.kind = 'metadata';
        track.src = URL.createObjectURL(new Blob([${JSON.stringify(text)}], { type: 'text/vtt' }));
        const loaded = new Promise((resolve, reject) => { track.onload = resolve; track.onerror = reject; });
        video.append(track);
        document.body.append(video);
        track.track.mode = 'hidden';
        await loaded;
        return [...track.track.cues].map(({ startTime, endTime, text }) => ({ startTime, endTime, ...JSON.parse(text) }));
      })()`,
    )) as { startTime: number; endTime: number }[];
    const expected = [];
    for await (const frame of (await openRecording(path)).frames()) expected.push(frame);
    expect(cues.length).toBe(50);
    for (const [index, { frame, pts, size, tracks }] of expected.entries()) {
      expect(tracks[0]?.label).toBe(label);
      expect(cues[index]).toMatchObject({ frame, pts, size, tracks });
      expect(cues[index]?.startTime).toBeCloseTo(pts, 3);
      expect(cues[index]?.endTime).toBeCloseTo(pts + 1 / 20, 3);
    }
  });
});

test.each(['/nowhere', tmpdir()])('%s is not a recording', async (path) => {
  await expect(openRecording(path)).rejects.toMatchObject({ code: 'EXPORT_INPUT', kind: 'usage' });
});

function csv(text: string): string[][] {
  return text
    .trimEnd()
    .split('\r\n')
    .map((row) =>
      [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((match) =>
        match[1] === undefined ? (match[2] as string) : match[1].replaceAll('""', '"'),
      ),
    );
}

test.each([
  ['was cut', (lines: string[]) => lines.slice(0, 20), ['RUN_INCOMPLETE']],
  [
    'was interrupted',
    (lines: string[]) => [...lines.slice(0, -1), lines.at(-1)!.replace('true', 'false')],
    ['RUN_INCOMPLETE'],
  ],
  ['came to its end', (lines: string[]) => lines, []],
])('says so where a run %s, once', async (_what, change, expected) => {
  const path = await runFile();
  await writeFile(path, `${change((await readFile(path, 'utf8')).trimEnd().split('\n')).join('\n')}\n`);
  const warnings: string[] = [];
  const recording = await openRecording(path, {}, (code) => warnings.push(code));
  for (let turn = 0; turn < 2; turn++) for await (const _frame of recording.frames());
  expect(warnings).toEqual(expected);
});
