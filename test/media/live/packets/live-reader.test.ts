import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../../src/files/package-root.ts';
import { seconds } from '../../../../src/media/frames/av.ts';
import { openLiveInput } from '../../../../src/media/live/packets/live-input.ts';
import { liveReader } from '../../../../src/media/live/packets/live-reader.ts';
import { locate } from '../../../../src/media/live/source/locate.ts';
import { clip } from '../../../support/clips.ts';
import { readVideo } from '../../../support/read-video.ts';
import { missing } from '../../../support/tools.ts';

/** Reads a file as it is read for viewers. */
async function readLive(path: string) {
  const input = await openLiveInput(path, locate(path), { onInterrupt: () => {}, complaints: () => [] });
  const warnings = new Set<string>();
  const reader = liveReader(input, { threads: 1 }, (code) => warnings.add(code));
  const times: number[] = [];
  for (let packet = await reader.next(); ; packet = await reader.next()) {
    for (const { frame, ticks } of reader.decode(packet?.packet ?? null)) {
      times.push(seconds(ticks, input.video.timeBase));
      frame.free();
    }
    if (packet === null) break;
  }
  reader.close();
  await input.close();
  return { times, warnings: [...warnings] };
}

const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=1.2', '-preset', 'ultrafast', '-bf', '0'];
const longestGap = (times: readonly number[]) => Math.max(...times.slice(1).map((time, index) => time - times[index]!));

describe.skipIf(missing('ffmpeg', '-version'))('a file with a pause of 15 s', () => {
  it.each(['mkv', 'mp4'])('keeps it when it is played: %s', async (extension) => {
    const path = await clip(`pause.${extension}`, [
      ...picture,
      ...['-vf', "setpts='PTS+gte(N,15)*15/TB'", '-fps_mode', 'passthrough'],
    ]);
    const { times, warnings } = await readLive(path);
    expect(times).toHaveLength(30);
    expect(longestGap(times)).toBeCloseTo(15.04, 2);
    expect(warnings).toEqual([]);
    expect(longestGap(readVideo(path).times)).toBeCloseTo(15.04, 2);
  });

  it('is a jump in a container that holds pieces of streams', async () => {
    const path = await clip('pause.ts', [
      ...picture,
      ...['-vf', "setpts='PTS+gte(N,15)*15/TB'", '-fps_mode', 'passthrough'],
    ]);
    const { times, warnings } = await readLive(path);
    expect(longestGap(times)).toBeLessThan(0.1);
    expect(warnings).toEqual(['TIMESTAMP_JUMP']);
  });
});

it.skipIf(missing('ffmpeg', '-version'))('a file whose timestamps stand still has those of its rate', async () => {
  const path = await clip('standing.mp4', [
    ...picture,
    ...['-video_track_timescale', '90000', '-enc_time_base', '1/90000', '-vf', 'settb=1/90000,setpts=N'],
    ...['-fps_mode', 'passthrough'],
  ]);
  for (const { times, warnings } of [await readLive(path), readVideo(path)]) {
    expect(times).toHaveLength(30);
    expect(times[29]! - times[9]!).toBeCloseTo(20 / 25, 2);
    expect(warnings.map((warning) => (typeof warning === 'string' ? warning : warning.code))).toEqual([
      'TIMESTAMP_CLOCK',
    ]);
  }
});

it('a file that begins in the middle of a GOP says what is lost when it is played, too', async () => {
  const { times, warnings } = await readLive(join(packageRoot(), 'test/fixtures/cases/starts-mid-gop.m2ts'));
  expect(times[0]).toBeCloseTo(4.48, 2);
  expect(warnings).toEqual(['FRAMES_LOST']);
});
