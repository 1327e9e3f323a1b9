import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocaliseVideoOptions, VideoFrame } from '../../src/index.ts';
import type { RunLine } from '../../src/protocol/run-file.ts';
import * as built from '../support/built.ts';
import { command, heatbox, longSample, scratch, shortSample } from '../support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const NOTHING = { threads: 0, descriptors: 0 };
const space = scratch();
let model: string;
let idle: built.Resources;

beforeAll(async () => {
  model = writeTinyModel(space.path('model'));
  // The first run starts what stays for the process.
  for await (const _ of built.localiseVideo(shortSample, { model })) break;
  idle = built.resources();
});
afterAll(() => space.remove());

async function all(input: string, options: LocaliseVideoOptions): Promise<VideoFrame[]> {
  const frames: VideoFrame[] = [];
  for await (const frame of built.localiseVideo(input, options)) frames.push(frame);
  return frames;
}

describe('a file, in a loop', () => {
  it('comes whole, in order, and leaves nothing behind', async () => {
    const frames = await all(shortSample, { model });
    expect(frames.map(({ index }) => index)).toEqual(Array.from({ length: 36 }, (_, index) => index));
    expect(frames[0]).toMatchObject({ pts: 0, ptsUs: 0, display: { width: 320, height: 240 }, analysed: true });
    expect(frames.some(({ analysed }) => !analysed)).toBe(true);
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });

  it.each([
    ['by break', {}],
    ['by break, with a stride', { stride: 4 }],
  ])('can be left %s, and everything is gone', async (_how, options) => {
    for await (const { index } of built.localiseVideo(shortSample, { model, ...options })) if (index === 5) break;
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });

  it('is torn down by an error of the body, which stays the error', async () => {
    const loop = async () => {
      for await (const { index } of built.localiseVideo(shortSample, { model })) {
        if (index === 2) throw new Error('the body failed');
      }
    };
    await expect(loop()).rejects.toThrow('the body failed');
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });

  it.each([
    ['a file that is not there', 'nowhere.mp4', {}, 'SOURCE_NOT_FOUND'],
    ['a label that nobody knows', shortSample, { labels: ['gren'] }, 'LABEL_UNKNOWN'],
    ['an accuracy that there is not', shortSample, { accuracy: 'best' as 'fast' }, 'BAD_OPTION'],
    ['an input size that does not fit', shortSample, { inputSize: { width: 5, height: 5 } }, 'BAD_INPUT_SIZE'],
    ['a provider that nobody knows', shortSample, { providers: ['abacus'] }, 'ENGINE_PROVIDER'],
    ['a threshold off its scale', shortSample, { threshold: 2 }, 'BAD_OPTION'],
  ])('rejects for %s, and leaves nothing behind', async (_what, input, options, code) => {
    await expect(all(input, { model, ...options })).rejects.toMatchObject({ name: 'HeatboxError', code });
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });

  it('ends by a signal while the loop is busy', async () => {
    const leaving = new AbortController();
    const loop = async () => {
      for await (const { index } of built.localiseVideo(shortSample, { model, signal: leaving.signal }))
        if (index === 1) leaving.abort(new Error('no time left'));
    };
    await expect(loop()).rejects.toThrow('no time left');
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });
});

describe('a live source, in a loop', () => {
  it('plays until the loop is left, and its process is gone then', async () => {
    const phases: string[] = [];
    const frames: VideoFrame[] = [];
    const options = { model, onPhase: (phase: string) => phases.push(phase) };
    for await (const frame of built.localiseVideo('test:160x120@25', options)) {
      frames.push(frame);
      if (frames.length === 6) break;
    }
    expect(frames.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(frames[0]!.display).toEqual({ width: 160, height: 120 });
    expect(phases.slice(0, 2)).toEqual(['connecting', 'live']);
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });

  it('may be a file that plays at its own pace, and ends with it', async () => {
    const frames = await all(shortSample, { model, live: true });
    expect(frames.length).toBeGreaterThan(10);
    expect(frames.at(-1)!.pts).toBeGreaterThan(1);
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });

  it('rejects where trying again is of no use', async () => {
    await expect(all('gopher://cam/1', { model })).rejects.toMatchObject({ code: 'SOURCE_SCHEME' });
    await expect(all('nowhere.mp4', { model, live: true })).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });

  it('can be left while it is being connected', async () => {
    const server = await silence();
    const leaving = new AbortController();
    const { port } = server.address() as AddressInfo;
    const loop = all(`http://127.0.0.1:${port}/live.m3u8`, {
      model,
      live: true,
      signal: leaving.signal,
      onPhase: () => server.once('connection', () => leaving.abort(new Error('no time left'))),
    });
    await expect(loop).rejects.toThrow('no time left');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await built.leftOver(idle)).toEqual(NOTHING);
  });
});

describe('the command and the library', () => {
  let bird: string;

  beforeAll(async () => {
    bird = space.path('bird.mp4');
    const span = ['-v', 'error', '-ss', '3', '-t', '1', '-i', longSample, '-an'];
    await command('ffmpeg', ...span, '-vf', 'scale=320:-2', '-preset', 'ultrafast', bird);
  });

  it.each([
    ['by default', [], {}],
    [
      'for a group, accurately',
      ['--labels', 'bird', '--accuracy', 'accurate'],
      { labels: ['bird'], accuracy: 'accurate' },
    ],
  ] as const)('find the same boxes, frame by frame, %s', async (_what, flags, options) => {
    const file = space.path(`${_what}.ndjson`);
    const [{ code, stderr }, frames] = await Promise.all([
      heatbox(['annotate', bird, '--json', file, '--quiet', ...flags]),
      all(bird, options),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = (await linesOf(file)).filter((line) => line.type === 'frame');
    expect(frames.length).toBe(20);
    expect(lines.some(({ tracks }) => tracks.length > 0)).toBe(true);
    const rounded = (value: number, steps: number) => Math.round(value * steps) / steps;
    const told = frames.map(({ index, pts, tracks }) => ({
      frame: index,
      pts,
      tracks: tracks.map(({ id, label, wnid, box, score, measured }) => ({
        ...{ id, label, wnid, measured },
        box: box.map((side) => rounded(side, 100)),
        score: rounded(score, 1e4),
      })),
    }));
    expect(lines).toMatchObject(told);
    expect(lines.map(({ tracks }) => tracks.length)).toEqual(told.map(({ tracks }) => tracks.length));
  });
});

async function linesOf(file: string): Promise<RunLine[]> {
  const { readFile } = await import('node:fs/promises');
  return (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A server that takes connections and never says a word. */
async function silence(): Promise<Server> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
