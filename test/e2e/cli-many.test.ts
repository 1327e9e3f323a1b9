import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, decodedFrames, heatbox, scratch, shortSample } from '../support/heatbox.ts';
import { probe } from '../support/judge.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { missing } from '../support/tools.ts';

const space = scratch();
const { path } = space;
const tiny = () => ['--model', path('model'), '--threads', '1'];

describe.skipIf(missing('ffmpeg', '-version') || missing('ffprobe', '-version'))('heatbox annotate', () => {
  beforeAll(async () => {
    writeTinyModel(path('model'));
    mkdirSync(path('media'));
    copyFileSync(shortSample, path('media/clip.mp4'));
    // Sides that are odd, which only a picture keeps.
    const still = ['-frames:v', '1', '-vf', 'scale=161:91'];
    await command('ffmpeg', '-v', 'error', '-i', shortSample, ...still, path('media/photo.jpg'));
    await command('ffmpeg', '-v', 'error', '-i', shortSample, ...still, path('photo.webp'));
    writeFileSync(path('media/bad.mp4'), 'no video');
  });
  afterAll(() => space.remove());

  it('makes a picture of a picture, of its size, and refuses one of a video', async () => {
    expect((await heatbox(['annotate', path('photo.webp'), ...tiny(), '--quiet'])).code).toBe(0);
    const { streams } = await probe(path('photo.annotated.png'));
    expect(streams).toMatchObject([{ codec_name: 'png', width: 161, height: 91 }]);
    const video = await heatbox(['annotate', shortSample, '-o', path('one.jpg'), ...tiny()]);
    expect(video).toMatchObject({ code: 2, stdout: '' });
    expect(video.stderr).toMatch(/^heatbox: OUTPUT_EXTENSION: .*one picture/m);
    expect(space.files()).not.toContain('one.jpg');
  });

  it('does what it can of a folder, lists what it could not, and repeats nothing without --force', async () => {
    const first = await heatbox(['annotate', path('media'), ...tiny()]);
    expect(first.code).toBe(1);
    expect(first.lines).toContainEqual(expect.stringMatching(/^heatbox: 3 of 3: .*photo\.jpg$/));
    expect(first.lines.slice(-2)).toEqual(['heatbox: 2 of 3 files are done', `  failed: ${path('media/bad.mp4')}`]);
    expect(readdirSync(path('media.annotated'))).toEqual(['clip.mp4', 'photo.jpg']);
    expect(await decodedFrames(path('media.annotated/clip.mp4'))).toBe(36);
    const { streams } = await probe(path('media.annotated/photo.jpg'));
    expect(streams).toMatchObject([{ codec_name: 'mjpeg', width: 161, height: 91, color_range: 'pc' }]);

    const again = await heatbox(['annotate', path('media'), ...tiny(), '--quiet']);
    expect(again.code).toBe(1);
    expect(again.stderr.match(/OUTPUT_EXISTS/g)).toHaveLength(2);
  });

  it('writes the boxes of each file of a glob into a folder', async () => {
    const glob = path('media/{clip,photo}.*');
    const outcome = await heatbox(['annotate', glob, '--json', path('boxes'), ...tiny(), '--quiet']);
    expect(outcome).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(readdirSync(path('boxes'))).toEqual(['clip.ndjson', 'photo.ndjson']);
    const last = readFileSync(path('boxes/photo.ndjson'), 'utf8').trimEnd().split('\n').at(-1)!;
    expect(JSON.parse(last)).toMatchObject({ type: 'totals', frames: 1, complete: true });
  });

  it.each([
    [['--json', '-'], 'BAD_USAGE'],
    [['--profile', 'x.json'], 'BAD_USAGE'],
    [['-o', shortSample], 'OUTPUT_NOT_FOLDER'],
  ])('refuses %j for several inputs', async (options, code) => {
    const outcome = await heatbox(['annotate', path('media'), ...options, ...tiny()]);
    expect(outcome.stderr).toMatch(new RegExp(`^heatbox: ${code}: [^\\n]*\\n$`));
    expect(outcome.code).toBe(2);
  });
});
