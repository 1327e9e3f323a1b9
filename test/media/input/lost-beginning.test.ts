import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/files/package-root.ts';
import { clip } from '../../support/clips.ts';
import { scratch } from '../../support/heatbox.ts';
import { readVideo } from '../../support/read-video.ts';
import { missing } from '../../support/tools.ts';

const space = scratch();
afterAll(() => space.remove());

/** Two GOPs of 12 frames. */
const make = (...more: string[]) => [
  ...['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=0.96', '-g', '12', '-preset', 'ultrafast', ...more],
];
const lost = (path: string, options = {}) =>
  readVideo(path, options).warnings.flatMap(({ code, message }) => (code === 'FRAMES_LOST' ? [message] : []));

describe('a recording that begins in the middle of a GOP', () => {
  const recording = join(packageRoot(), 'test/fixtures/cases/starts-mid-gop.m2ts');

  it('says how much of it is lost', () => {
    const { times, warnings } = readVideo(recording);
    expect(times[0]).toBeCloseTo(4.48, 3);
    expect(warnings).toEqual([
      {
        code: 'FRAMES_LOST',
        message: expect.stringMatching(/begins between two keyframes: its first 49 frames \(2\.040 s\) cannot/),
      },
    ]);
  });

  it('does not say so if the part before the keyframe is not wanted', () => {
    expect(lost(recording, { start: 3 })).toEqual([]);
  });

  it.skipIf(missing('ffmpeg', '-version')).each([
    ['raw.h264', 11],
    ['raw.h265', 11],
  ])('says so without timestamps too: %s', async (name, frames) => {
    const whole = await clip(name, make('-bf', '0', ...(name.endsWith('5') ? ['-x265-params', 'log-level=0'] : [])));
    const bytes = readFileSync(whole);
    // Behind the first picture, whose parameter sets are of use; the next begins with a start code.
    const sets = bytes.indexOf(Buffer.from(name.endsWith('5') ? [0, 0, 1, 0x28] : [0, 0, 1, 0x65]));
    const second = bytes.indexOf(Buffer.from(name.endsWith('5') ? [0, 0, 1, 0x02] : [0, 0, 1, 0x41]), sets);
    const path = space.path(name);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, sets), bytes.subarray(second)]));
    expect(lost(path)).toEqual([
      expect.stringMatching(new RegExp(`between two keyframes: its first ${frames} frames`)),
    ]);
  });
});

describe.skipIf(missing('ffmpeg', '-version'))('nothing is lost', () => {
  it.each([
    ['b-frames.mp4', make('-c:v', 'libx264', '-bf', '3')],
    ['open.ts', make('-c:v', 'mpeg2video', '-bf', '2')],
    ['old.avi', make('-c:v', 'mpeg4', '-bf', '2')],
    ['b-frames.h264', make('-c:v', 'libx264', '-bf', '3')],
  ])('of a whole recording: %s', async (name, args) => {
    expect(lost(await clip(name, args))).toEqual([]);
  });

  it('that an edit list leaves out', async () => {
    const whole = await clip('whole.mp4', make('-c:v', 'libx264', '-bf', '2'));
    expect(lost(await clip('edited.mp4', ['-ss', '0.3', '-i', whole, '-c', 'copy']))).toEqual([]);
  });
});
