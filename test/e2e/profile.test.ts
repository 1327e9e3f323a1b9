import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, heatbox, longSample, scratch, shortSample, start } from '../support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

interface Event {
  readonly ph: 'X' | 'M';
  readonly name: string;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur: number;
  readonly args?: { name?: string; frame?: number; pts?: number; frames?: number[] };
}

const space = scratch();
const { path } = space;
const FRAMES = Array.from({ length: 36 }, (_, index) => index);
/** What the clocks of two threads may be apart by. */
const APART = 1000;

beforeAll(() => {
  writeTinyModel(path('model'));
});
afterAll(() => {
  expect(space.files().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  space.remove();
});

function read(name: string) {
  const { traceEvents } = JSON.parse(readFileSync(path(name), 'utf8')) as { traceEvents: Event[] };
  const slices = traceEvents.filter(({ ph }) => ph === 'X');
  const threads = new Map(
    traceEvents.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [tid, args!.name!]),
  );
  return { slices, threads, of: (stage: string) => slices.filter((slice) => slice.name === stage) };
}

const end = ({ ts, dur }: Event) => ts + dur;
const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const options = ['--model', path('model'), '--quiet', '--threads', '2'];

describe('the profile of a run', () => {
  let profile: ReturnType<typeof read>;
  beforeAll(async () => {
    const { code, stderr } = await heatbox([
      'annotate',
      shortSample,
      ...['-o', path('out.mp4'), '--profile', path('profile.json'), '--min-score', '0', '--stride', '1', ...options],
    ]);
    expect([code, stderr]).toEqual([0, '']);
    profile = read('profile.json');
  });

  it('names the threads', () => {
    const names = [...profile.threads.values()].sort();
    // The tiny network may always be done before there is more for it, and then no second worker is opened.
    expect(names.filter((name) => name !== 'inference worker 2')).toEqual(['inference worker 1', 'main', 'media host']);
    for (const { tid } of profile.slices) expect(profile.threads.has(tid)).toBe(true);
  });

  it.each([
    ['media host', ['decode', 'scale', 'draw', 'encode', 'mux']],
    ['main', ['localise', 'track', 'hindsight']],
  ])('has each frame once in each stage of the %s', (thread, stages) => {
    for (const stage of stages) {
      const slices = profile.of(stage);
      expect(ascending(slices.map(({ args }) => args!.frame!))).toEqual(FRAMES);
      expect(new Set(slices.map(({ args }) => args!.pts)).size).toBe(FRAMES.length);
      expect(new Set(slices.map(({ tid }) => profile.threads.get(tid)))).toEqual(new Set([thread]));
    }
  });

  it('has each frame in one run of the network', () => {
    const frames = profile.of('network').flatMap(({ args }) => args!.frames ?? args!.frame!);
    expect(ascending(frames)).toEqual(FRAMES);
  });

  it('has the stages of a frame one after another, whichever threads they are on', () => {
    const way = ['decode', 'scale', 'network', 'localise', 'track', 'hindsight', 'draw', 'encode', 'mux'];
    for (const frame of FRAMES) {
      const slices = way.map(
        (stage) => profile.of(stage).find(({ args }) => args!.frame === frame || args!.frames?.includes(frame))!,
      );
      for (const [position, slice] of slices.slice(1).entries()) {
        // A frame is muxed within the encoding of this one or a later one.
        const before = slices[position]!;
        expect(slice.ts).toBeGreaterThanOrEqual((slice.name === 'mux' ? before.ts : end(before)) - APART);
      }
    }
  });

  it('has slices of one thread apart or one within the other', () => {
    for (const tid of profile.threads.keys()) {
      const open: number[] = [];
      const slices = profile.slices.filter((slice) => slice.tid === tid).sort((a, b) => a.ts - b.ts || b.dur - a.dur);
      for (const slice of slices) {
        while (open.length > 0 && open.at(-1)! <= slice.ts) open.pop();
        if (open.length > 0) expect(end(slice)).toBeLessThanOrEqual(open.at(-1)!);
        open.push(end(slice));
      }
    }
  });
});

it('has the second worker where the network is slower than the decoder', async () => {
  const { code } = await heatbox([
    ...['annotate', shortSample, '--json', path('slow.ndjson'), '--profile', path('slow.json')],
    ...['--precision', 'fp32', '--stride', '1', '--threads', '2', '--quiet'],
  ]);
  expect(code).toBe(0);
  const { threads } = read('slow.json');
  expect([...threads.values()]).toContain('inference worker 2');
});

it('is whole after Ctrl-C', async () => {
  const long = path('long.mp4');
  await command('ffmpeg', '-v', 'error', '-stream_loop', '3', '-i', longSample, '-an', '-c', 'copy', long);
  const run = start([
    'annotate',
    long,
    ...['--json', '-', '--profile', path('cut.json'), '--model', path('model'), '--quiet'],
  ]);
  run.child.stdout!.on('data', function stop(text: Buffer) {
    if (!text.includes('"type":"frame"')) return;
    run.child.stdout!.off('data', stop);
    run.child.kill('SIGINT');
  });
  expect((await run.outcome).code).toBe(130);
  const { of } = read('cut.json');
  expect(of('decode').length).toBeGreaterThan(0);
  expect(of('decode').length).toBeLessThan(1120);
  expect(of('hindsight')).toHaveLength(of('decode').length);
}, 180_000);

it('is not written where the run fails, and not over another output', async () => {
  const profile = ['--profile', path('none.json'), '--model', path('model')];
  const failed = await heatbox(['annotate', path('missing.mp4'), '--json', '-', ...profile]);
  expect(failed.code).toBe(2);
  const same = await heatbox(['annotate', shortSample, '--json', path('none.json'), ...profile]);
  expect(same).toMatchObject({ code: 2, stderr: expect.stringContaining('--json and --profile name the same file') });
  expect(existsSync(path('none.json'))).toBe(false);
});
