import { lastValueFrom, map, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Stride } from '../../../src/media/stride.ts';
import { type MotionField, UNKNOWN_MOTION } from '../../../src/types.ts';
import { openSource } from '../../support/built.ts';
import { clip } from '../../support/clips.ts';
import { missing } from '../../support/tools.ts';

const noFfmpeg = missing('ffmpeg', '-version');
const inputSize = { width: 224, height: 128 };

/** A rough pattern that moves 4 pixels to the left and 2 down a frame, 25 a second, and another scene from 1 s on. */
const moving =
  "nullsrc=s=2000x700:r=25:d=0.04,geq=lum='mod(97*floor(X/8)+57*floor(Y/8)+floor(X/8)*floor(Y/8)*31,200)+20':cb=128:cr=128," +
  "loop=loop=-1:size=1,trim=duration=1,setpts=PTS,gblur=sigma=1.5,crop=320:180:x='20+4*n':y='200-2*n'";
const scenes = `${moving},format=yuv420p,setsar=1[a];testsrc2=s=320x180:r=25:d=1,format=yuv420p[b];[a][b]concat=n=2`;
const source = ['-filter_complex', scenes, '-r', '25', '-pix_fmt', 'yuv420p'];

interface Told {
  readonly index: number;
  readonly pts: number;
  readonly seen: boolean;
  readonly glimpse: boolean;
  readonly motion: MotionField | undefined;
}

async function told(path: string, stride: Stride): Promise<Told[]> {
  const opened = await openSource({ input: path, vectors: stride !== 1 });
  const frames = opened.frames({ inputSize, stride }).pipe(
    map(
      ({ index, pts, input, glimpse, motion }): Told => ({
        index,
        pts,
        seen: input !== undefined,
        glimpse: glimpse !== undefined,
        motion,
      }),
    ),
    toArray(),
  );
  const all = await lastValueFrom(frames);
  await opened.close();
  return all;
}

/** The middle motion of a field's cells, pixels. */
function middle({ data }: MotionField, side: 0 | 1): number {
  const known = [...data].filter(
    (value, at) => at % 2 === side && data[at - side] !== UNKNOWN_MOTION && value !== undefined,
  );
  return known.sort((a, b) => a - b)[known.length >> 1]! / 16;
}

describe.skipIf(noFfmpeg)('the frames that the network sees', () => {
  let h264: string;
  let hidden: string;
  let hevc: string;
  beforeAll(async () => {
    h264 = await clip('moving.mp4', [...source, '-x264-params', 'keyint=250:bframes=0']);
    hidden = await clip('hidden-cut.mp4', [...source, '-x264-params', 'scenecut=0:keyint=250:bframes=0']);
    hevc = await clip('moving-hevc.mp4', [...source, '-c:v', 'libx265', '-x265-params', 'log-level=error:bframes=0']);
  });

  it.each([3, 7])('with a stride of %d are every so many', async (stride) => {
    const all = await told(h264, stride);
    expect(all.map(({ index }) => index)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    for (const { index, seen, glimpse } of all) {
      expect(seen).toBe(index % stride === 0);
      expect(glimpse).toBe(seen && index > 0);
    }
  });

  it.each(['marked', 'hidden'])(
    'with auto are a few, never far apart, and the first of a new scene: a %s cut',
    async (cut) => {
      const seen = (await told(cut === 'hidden' ? hidden : h264, 'auto')).filter((one) => one.seen);
      expect(seen.length).toBeLessThan(11);
      expect(seen.map(({ index }) => index)).toContain(25);
      for (const [position, { pts }] of seen.entries()) {
        if (position > 0) expect(pts - seen[position - 1]!.pts).toBeLessThan(0.5);
      }
    },
  );

  it('with auto are the same every time', async () => {
    expect(await told(h264, 'auto')).toEqual(await told(h264, 'auto'));
    expect(await told(hevc, 'auto')).toEqual(await told(hevc, 'auto'));
  });

  it('come with the motion that the decoder tells', async () => {
    const fields = (await told(h264, 'auto')).slice(2, 24).map(({ motion }) => motion!);
    for (const field of fields) {
      expect(middle(field, 0)).toBeCloseTo(-4, 0);
      expect(middle(field, 1)).toBeCloseTo(2, 0);
    }
  });

  it('come with the motion of blocks where it tells none', async () => {
    const all = await told(hevc, 'auto');
    const told24 = all.slice(4, 24).filter(({ motion }) => motion !== undefined);
    expect(told24.length).toBeGreaterThan(7);
    for (const { pts, motion } of told24) {
      const frames = Math.round((pts - motion!.since) * 25);
      expect(Math.abs(middle(motion!, 0) + 4 * frames)).toBeLessThan(1.5);
      expect(Math.abs(middle(motion!, 1) - 2 * frames)).toBeLessThan(1.5);
    }
  });
});
