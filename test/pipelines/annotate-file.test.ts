import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { firstValueFrom, lastValueFrom, map, take, tap, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnnotateFileOptions } from '../../pipelines/analysis.ts';
import { annotateFile, leftOver, type Resources, resources } from '../support/built.ts';
import { writeFailingModel } from '../support/failing-model.ts';
import { command, decodedFrames, scratch, shortSample } from '../support/heatbox.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const OLD = 'what was there before';
const space = scratch();
const { path } = space;
const FRAMES = 36;
const NOTHING = { threads: 0, descriptors: 0 };
let idle: Resources;
let count = 0;

beforeAll(async () => {
  writeTinyModel(path('model'));
  writeFailingModel(path('failing'));
  const turnsWhite = "color=gray:size=320x240:rate=20:duration=3,drawbox=c=white:t=fill:enable='gt(t,1.5)'";
  await command('ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', turnsWhite, path('turns-white.mp4'));
  // The first run starts what stays for the process: the thread pool, and what the libraries keep.
  await run({});
  idle = resources();
});
afterAll(() => {
  expect(space.files().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  space.remove();
});

const open = (options: Partial<AnnotateFileOptions>) =>
  annotateFile({ input: shortSample, model: path('model'), ...options });

async function run(options: Partial<AnnotateFileOptions>) {
  const { frames, totals, close } = await open(options);
  const all = await lastValueFrom(frames.pipe(toArray()));
  await close();
  return { frames: all, totals };
}

const fresh = () => path(`out-${++count}.mp4`);

describe('a run to the end', () => {
  it.each([1, 2, 5, 7, 35, 36, 100])('with a stride of %d gives every frame once, in order', async (stride) => {
    const output = fresh();
    const { frames, totals } = await run({ stride, output });
    expect(frames.map(({ index }) => index)).toEqual(Array.from({ length: FRAMES }, (_, index) => index));
    const seen = frames.filter(({ localisations }) => localisations !== undefined);
    expect(seen.map(({ index }) => index % stride)).toEqual(Array(Math.ceil(FRAMES / stride)).fill(0));
    expect(totals()).toMatchObject({ decoded: FRAMES, encoded: FRAMES });
    expect(await decodedFrames(output)).toBe(FRAMES);
  });

  it.each([1, 5, 64])('gives the same boxes with batches of %d', async (batch) => {
    const boxes = async (options: Partial<AnnotateFileOptions>) =>
      (await run(options)).frames.map(({ tracks }) => tracks.map(({ id, box }) => ({ id, box })));
    expect(await boxes({ batch })).toEqual(await boxes({ batch: 4 }));
  });

  it('has x264 keep few frames, unless a preset is asked for', async () => {
    const settings = async (options: Partial<AnnotateFileOptions>) => {
      const output = fresh();
      await run({ output, ...options });
      // x264 writes them into its first frame.
      const [, bframes, ahead] = / bframes=(\d) .* rc_lookahead=(\d+) /.exec(readFileSync(output, 'latin1'))!;
      return [bframes, ahead];
    };
    expect(await settings({})).toEqual(['2', '2']);
    expect(await settings({ preset: 'veryfast' })).toEqual(['3', '10']);
  });

  it('leaves nothing open', async () => {
    await run({ output: fresh() });
    expect(await leftOver(idle)).toEqual(NOTHING);
  });
});

describe('a run that blurs', () => {
  const checked = 'drawbox=x=96:y=64:w=96:h=96:c=red:t=fill,drawgrid=x=96:y=64:w=6:h=6:c=black@0.7:t=2';

  it('hides the object in every frame, under no frame and no name', async () => {
    const grey = `color=gray:size=320x240:rate=20:duration=1,${checked}`;
    await command('ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', grey, '-crf', '10', path('grid.mp4'));
    const output = path('blurred.mp4');
    const { frames } = await run({ input: path('grid.mp4'), output, blur: true });
    expect(frames.every(({ tracks }) => tracks.length > 0)).toBe(true);
    const [x1, y1, x2, y2] = frames[0]!.tracks[0]!.box;
    const [width, height] = [Math.floor(x2 - x1) - 8, Math.floor(y2 - y1) - 8];
    const inside = `crop=${width}:${height}:${Math.ceil(x1) + 4}:${Math.ceil(y1) + 4},format=gray`;
    const roughest = (file: string) => Math.max(...roughnessOf(file, inside, width, height));
    expect(roughest(path('grid.mp4'))).toBeGreaterThan(100);
    expect(roughest(output)).toBeLessThan(10);
  });

  it('is refused together with a heat map', async () => {
    const refused = { code: 'BAD_OPTION', kind: 'usage' };
    await expect(open({ blur: true, heatmap: 0.5, output: fresh() })).rejects.toMatchObject(refused);
  });

  /** Of each frame, the mean square of what pixels of a row differ by. */
  function roughnessOf(file: string, filter: string, width: number, height: number): number[] {
    const args = ['-v', 'error', '-i', file, '-vf', filter, '-f', 'rawvideo', '-'];
    const luma = execFileSync('ffmpeg', args, { maxBuffer: 1 << 26 });
    const size = width * height;
    return Array.from({ length: luma.length / size }, (_, frame) => {
      let sum = 0;
      for (let i = frame * size; i < (frame + 1) * size - 1; i++)
        if ((i + 1) % width !== 0) sum += (luma[i + 1]! - luma[i]!) ** 2;
      return sum / size;
    });
  }
});

describe('a run that begins inside of its source', () => {
  const ffmpeg = (...args: string[]) => command('ffmpeg', '-v', 'error', ...args);
  beforeAll(async () => {
    const grey = ['-f', 'lavfi', '-i', 'color=gray:size=64x48:rate=20:duration=1'];
    await ffmpeg(...grey, '-frames:v', '5', path('part%02d.png'));
    await ffmpeg(...grey, '-g', '5', '-bf', '0', path('part.mp4'));
    const negative = ['-avoid_negative_ts', 'disabled', '-copyts'];
    await ffmpeg('-i', path('part.mp4'), '-c', 'copy', '-output_ts_offset', '1000', path('later.ts'));
    await ffmpeg('-itsoffset', '-5', '-i', path('part.mp4'), '-c', 'copy', ...negative, path('untimed.mkv'));
  });

  it.each([
    ['between two pictures of a sequence', 'part%02d.png', 0.1, [0.12, 0.16], []],
    ['on a clock that begins late', 'later.ts', 0.8, [1002.2, 1002.25, 1002.3, 1002.35], []],
    ['without timestamps to seek by', 'untimed.mkv', 0.8, [0.8, 0.85, 0.9, 0.95], ['SEEK_FAILED']],
  ])('%s', async (_what, input, start, times, warnings) => {
    const warned: string[] = [];
    const { frames } = await run({ input: path(input), start, onWarning: (code) => warned.push(code) });
    expect(frames.map(({ pts }) => Number(pts.toFixed(3)))).toEqual(times);
    expect(warned).toEqual(warnings);
    expect(await leftOver(idle)).toEqual(NOTHING);
  });

  it.each([
    ['part.mp4', { start: 2 }, 'from 2 s on: it goes from 0 to 1.000 s'],
    ['part.mp4', { start: 0.11, duration: 0.02 }, 'from 0.11 s on for 0.02 s: it goes from 0 to 1.000 s'],
    ['later.ts', { start: 2 }, 'from 2 s on: it goes from 0 to 1.000 s (1001.400 to 1002.400 s of its clock)'],
  ])('of %s, but at %j, where there is no frame', async (input, part, says) => {
    const error = await open({ input: path(input), ...part }).catch((error) => error);
    expect(error).toMatchObject({ code: 'SOURCE_NO_FRAMES', kind: 'usage' });
    expect(error.message).toContain(says);
  });
});

describe('a run that is stopped', () => {
  it('finishes what was decoded', async () => {
    const output = fresh();
    // Sixty frames, of which 25 at most are under way.
    const { frames, stop, totals } = await open({
      output,
      input: path('turns-white.mp4'),
      stride: 1,
      batch: 1,
      threads: 2,
    });
    const out = await lastValueFrom(
      frames.pipe(
        tap(({ index }) => {
          if (index === 8) stop();
        }),
        toArray(),
      ),
    );
    expect(out.length).toBeGreaterThan(8);
    expect(out.length).toBeLessThan(60);
    expect(totals()?.encoded).toBe(out.length);
    expect(await decodedFrames(output)).toBe(out.length);
  });

  it.each([0, 3, 12])('with a stride, in its midst too: at frame %d', async (last) => {
    const { frames, stop, close } = await open({ input: path('turns-white.mp4'), stride: 6, batch: 1, threads: 2 });
    const out = await lastValueFrom(
      frames.pipe(
        tap(({ index }) => {
          if (index === last) stop();
        }),
        toArray(),
      ),
    );
    await close();
    expect(out.length).toBeGreaterThan(last);
    expect(out.length).toBeLessThan(60);
    expect(await leftOver(idle)).toEqual(NOTHING);
  });

  it('before its first frame leaves no output, and an old one as it was', async () => {
    const output = fresh();
    writeFileSync(output, OLD);
    const { frames, stop } = await open({ output, force: true });
    stop();
    expect(await lastValueFrom(frames.pipe(toArray()))).toEqual([]);
    expect(readFileSync(output, 'utf8')).toBe(OLD);
  });
});

describe('a run that ends early takes everything down and removes its temporary file', () => {
  async function endsWell(output: string): Promise<void> {
    expect(await leftOver(idle)).toEqual(NOTHING);
    expect(readFileSync(output, 'utf8')).toBe(OLD);
    expect(space.files().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }

  async function started(options: Partial<AnnotateFileOptions> = {}) {
    const output = fresh();
    writeFileSync(output, OLD);
    return { output, ...(await open({ output, force: true, ...options })) };
  }

  it('when nobody listens any more', async () => {
    const { output, frames, close } = await started();
    await firstValueFrom(frames);
    await close();
    await endsWell(output);
  });

  it('when nobody listens any more, with a stride', async () => {
    const { output, frames, close } = await started({ stride: 5 });
    await lastValueFrom(frames.pipe(take(3)));
    await close();
    await endsWell(output);
  });

  it('when nobody ever listened', async () => {
    const { output, close } = await started();
    await close();
    await endsWell(output);
  });

  it('when its subscriber fails', async () => {
    const { output, frames, close } = await started();
    const failing = frames.pipe(
      map(({ index }) => {
        if (index === 10) throw new Error('the subscriber failed');
      }),
    );
    await expect(lastValueFrom(failing)).rejects.toThrow('the subscriber failed');
    await close();
    await endsWell(output);
  });

  it('when its subscriber fails at the last frame', async () => {
    const { output, frames, close } = await started({ stride: 10 });
    const failing = frames.pipe(
      map(({ index }) => {
        if (index === FRAMES - 1) throw new Error('the subscriber failed');
      }),
    );
    await expect(lastValueFrom(failing)).rejects.toThrow('the subscriber failed');
    await close();
    await endsWell(output);
  });

  it('when the network fails', async () => {
    const { output, frames, close } = await started({
      input: path('turns-white.mp4'),
      model: path('failing'),
      stride: 1,
    });
    const out: number[] = [];
    const failing = frames.pipe(tap(({ index }) => out.push(index)));
    await expect(lastValueFrom(failing)).rejects.toMatchObject({ code: 'ENGINE_RUN' });
    // It fails at the thirtieth; those held for what follows them are not told any more.
    expect(out.length).toBeGreaterThan(5);
    await close();
    await endsWell(output);
  });
});

describe('an option or an input that is wrong', () => {
  it.each([
    ['a missing input', { input: 'none.mp4' }, 'SOURCE_NOT_FOUND', 'none.mp4'],
    ['no frame in the wanted span', { start: 99 }, 'SOURCE_NO_FRAMES', '--start'],
    ['a missing image sequence', { input: 'frame%04d.png' }, 'SOURCE_NOT_FOUND', 'frame%04d.png'],
    ['a camera', { input: 'rtsp://user:secret@192.0.2.1/live' }, 'SOURCE_SCHEME', 'rtsp://***@192.0.2.1/live'],
    ['no address', { input: 'http://' }, 'SOURCE_UNREADABLE', 'http://'],
    ['an unknown encoder', { encoder: 'theora' }, 'ENCODER_UNKNOWN', 'libx264'],
    ['one of another container', { output: 'x.webm', encoder: 'libx264' }, 'ENCODER_CONTAINER', 'webm'],
    ['a preset of another encoder', { encoder: 'libvpx-vp9', preset: 'fast' }, 'ENCODER_PRESET', '-8 to 8'],
    ['a preset that is none', { preset: 'warp' }, 'ENCODER_PRESET', 'ultrafast'],
    ['a quality off the scale', { crf: 52 }, 'ENCODER_QUALITY', '0 to 51'],
    ['an unknown model', { model: 'resnet51' }, 'MODEL_NOT_FOUND', 'resnet50-imagenet'],
    ['an input size that is none', { inputSize: { width: Number.NaN, height: 32 } }, 'BAD_INPUT_SIZE', '384x224'],
    ['an input size of nothing', { inputSize: { width: 0, height: 0 } }, 'BAD_INPUT_SIZE', 'multiples'],
    ['an input size beyond all', { inputSize: { width: 99_999, height: 64 } }, 'BAD_INPUT_SIZE', '2048x64'],
    ['an unknown label', { labels: ['gren'] }, 'LABEL_UNKNOWN', "'green'"],
    ['an unknown label to exclude', { excludeLabels: ['99'] }, 'LABEL_UNKNOWN', 'from 0 to 3'],
    ['no label left', { labels: ['blue'], excludeLabels: ['blue'] }, 'LABELS_NONE', 'at least one'],
    ['an unknown provider', { providers: ['abacus'] }, 'ENGINE_PROVIDER', 'cpu'],
    ['an unknown kind of hardware', { hwaccel: 'abacus' }, 'HWACCEL_UNAVAILABLE', 'abacus'],
  ] as [string, Partial<AnnotateFileOptions>, string, string][])('%s', async (_what, options, code, says) => {
    const error = await open({ output: fresh(), ...options }).catch((error) => error);
    expect(error).toMatchObject({ code, kind: 'usage' });
    expect(`${error.message} ${error.hint}`).toContain(says);
    expect(`${error.message} ${error.hint}`).not.toContain('secret');
    expect(await leftOver(idle)).toEqual(NOTHING);
  });

  it('a stride whose frames would not fit in memory, unless none are kept', async () => {
    const made = ['-v', 'error', '-f', 'lavfi', '-i', 'color=size=3840x2160:duration=0.1:rate=20'];
    await command('ffmpeg', ...made, '-preset', 'ultrafast', path('wide.mp4'));
    const wide = { input: path('wide.mp4'), stride: 1000 };
    await expect(open({ ...wide, output: fresh() })).rejects.toMatchObject({ code: 'STRIDE_MEMORY' });
    expect((await run(wide)).frames).toHaveLength(2);
  });

  it.each([
    ['batch', 0],
    ['stride', 0],
    ['threshold', 2],
    ['topK', 0.5],
  ])('%s %d ends the stream with an error', async (name, value) => {
    const { frames, close } = await open({ [name]: value });
    await expect(lastValueFrom(frames)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await close();
    expect(await leftOver(idle)).toEqual(NOTHING);
  });
});
