import { join } from 'node:path';
import type { Stream } from 'node-av/lib';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/files/package-root.ts';
import { believedDuration, frameRateOf, frameTicks } from '../../../src/media/clock/clock-policy.ts';
import { clip } from '../../support/clips.ts';
import { readVideo } from '../../support/read-video.ts';
import { missing } from '../../support/tools.ts';

const RAW = { num: 1, den: 1_200_000 };
const rate = (fps: number) => ({ num: fps, den: 1 });

describe('a duration or rate that is nonsense', () => {
  it('is not believed', () => {
    expect(believedDuration(24_000n, RAW, 48_000n)).toBe(24_000n);
    // A single tick, none, and minutes.
    for (const nonsense of [1n, 0n, -5n, 240_000_000n, 2n ** 62n])
      expect(believedDuration(nonsense, RAW, 48_000n)).toBe(48_000n);
    const stream = (avg: number, real: number) =>
      ({ avgFrameRate: rate(avg), rFrameRate: rate(real), timeBase: RAW }) as Stream;
    expect(frameRateOf(stream(1_200_000, 30))).toEqual(rate(30));
    expect(frameRateOf(stream(0, 1_200_000))).toEqual(rate(25));
    expect(frameTicks(stream(1_200_000, 90_000))).toBe(48_000n);
  });

  /** Longer than what FFmpeg looks at before it begins. */
  const make = (...more: string[]) => [
    ...['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=50:d=2', '-preset', 'ultrafast', ...more],
  ];
  const x264 = (...more: string[]) => make('-c:v', 'libx264', '-bf', '0', ...more);
  const NO_VUI = ['-x264-params', 'force-cfr=0:nal-hrd=none', '-bsf:v', 'h264_metadata=tick_rate=90000'];

  it.skipIf(missing('ffmpeg', '-version')).each([
    ['an H.264 stream with a tick for a rate', 'tick.h264', x264(...NO_VUI), 25],
    ['an H.264 stream with minutes for a rate', 'slow.h264', x264('-bsf:v', 'h264_metadata=tick_rate=0.01'), 25],
    ['an H.265 stream', 'tick.h265', make('-c:v', 'libx265', '-bsf:v', 'hevc_metadata=tick_rate=90000'), 25],
    ['a rate that can be true', 'true.h264', x264(), 50],
  ])('gives way to 25 fps throughout: %s', async (_what, name, args, fps) => {
    const { times, computed, warnings } = readVideo(await clip(name, args));
    expect(computed).toBe(true);
    expect(times).toHaveLength(100);
    for (const [index, time] of times.entries()) expect(time).toBeCloseTo(index / fps, 3);
    expect(warnings).toEqual([]);
  });

  it.each(['raw-novui.h264', 'raw-notiming.h265'])('gives way where a camera stores no timing at all: %s', (file) => {
    const { times, warnings } = readVideo(join(packageRoot(), 'test/fixtures/cases', file));
    expect(times).toHaveLength(150);
    for (const [index, time] of times.entries()) expect(time).toBeCloseTo(index / 25, 3);
    expect(warnings).toEqual([]);
  });

  it.skipIf(missing('ffmpeg', '-version'))('and a start is found by the times that are counted', async () => {
    const input = await clip('tick.h264', x264(...NO_VUI));
    const { times } = readVideo(input, { start: 3, duration: 0.5 });
    expect(times[0]).toBeCloseTo(3, 3);
    expect(times).toHaveLength(13);
  });
});
