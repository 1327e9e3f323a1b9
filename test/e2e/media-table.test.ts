import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { annotate } from '../support/annotate.ts';
import { clip, joined } from '../support/clips.ts';
import { lacking } from '../support/encoders.ts';
import { decode, probe, psnr, type Stream } from '../support/judge.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { missing } from '../support/tools.ts';
import { carried } from './media-rows/carried.ts';
import { codecs } from './media-rows/codecs.ts';
import { damage } from './media-rows/damage.ts';
import { outputs } from './media-rows/outputs.ts';
import { picture } from './media-rows/picture.ts';
import type { Row } from './media-rows/row.ts';
import { time } from './media-rows/time.ts';

const ROWS: Readonly<Record<string, Row>> = { ...time, ...picture, ...codecs, ...outputs, ...carried, ...damage };

/** Each differs in little from a row that stays. They are run by `npm run bench media-table`, which runs all rows. */
const RARE = new Set([
  ...['turned by 180°', 'flipped upside down', 'flipped left to right', 'flipped and turned by 270°', 'tall pixels'],
  ...['a JPEG with EXIF orientation 3', 'a JPEG with EXIF orientation 5', 'odd and turned', 'BT.601, PAL primaries'],
  ...['a part of avi', 'a part of h264', 'a part of mp4', 'cut.avi', 'cut.ts', 'hole.mkv', 'HDR with PQ'],
  ...['a cover picture and a font, to .mov', 'chapters and titles in MP4, to Matroska', 'chapters and titles in MP4'],
  ...['PCM in AVI to Matroska', 'MPEG-4 and ADPCM in AVI', 'MJPEG and PCM in AVI', 'MP4 to MOV', 'interlaced MPEG-2'],
  ...['mov_text from MP4 to Matroska', 'video that is longer than the sound', 'odd width and height, 4:4:4'],
]);
const rows = Object.entries(ROWS).filter(([name]) => process.env.HEATBOX_ALL_ROWS === '1' || !RARE.has(name));

describe.skipIf(missing('ffmpeg', '-version') || missing('ffprobe', '-version'))('media', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatbox-media-'));
  let model = '';
  beforeAll(() => {
    model = writeTinyModel(join(folder, 'model'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  describe.concurrent.each(rows)('%s', (name, row) => {
    it.skipIf(lacking(row.needs ?? [], name))(
      'is annotated whole',
      async ({ expect }) => {
        const source =
          row.followedBy === undefined
            ? await clip(row.file, row.make, row.change, row.recipe)
            : await joined(row.file, [row.make, ...row.followedBy]);
        const output = join(folder, `${name.replaceAll(/[^\w]/g, '_')}${row.to ?? '.mp4'}`);
        const { info, frames, totals, warnings } = await annotate({
          ...{
            input: source,
            output,
            model,
            labels: ['grey'],
            minScore: 1,
            inputSize: { width: 32, height: 32 },
            threads: 1,
          },
          ...{ crf: 10, preset: 'ultrafast' },
          ...row.options,
        });
        const { display } = info.video;
        const tracks = row.audio ?? [];
        const sound = tracks.length > 0;
        const [[was, is], { streams, chapters, format }] = await Promise.all([
          decode(
            { path: source, size: display, sound, soundFilter: row.soundFilter, inputOptions: row.inputOptions ?? [] },
            { path: output, size: display, crop: true, sound },
          ),
          probe(output),
        ]);
        const annotated = streams[0]!;
        const { start: offset, duration = Number.POSITIVE_INFINITY } = row.options ?? {};
        const start = offset && offset + Number((await probe(source)).format.start_time ?? 0);
        const inPart = (time: number) => start === undefined || (time > start - 1e-6 && time < start + duration - 1e-6);
        const starts = [was!.times, ...was!.sounds.map((one) => one.times)].map(({ seconds }) => seconds[0]!);
        const shift = start !== undefined ? -start : row.shifted ? -Math.min(...starts) : 0;

        expect(warnings.map(({ code }) => code)).toEqual(row.warnings ?? []);
        expect(new Set(warnings.map(({ message }) => message)).size).toBe(warnings.length);

        const times = was!.times.seconds.filter(inPart);
        const pictures = was!.pictures.filter((_, index) => inPart(was!.times.seconds[index]!));
        expect(frames).toHaveLength(row.frames ?? times.length);
        expect(is!.times.seconds).toHaveLength(times.length);
        expect(totals).toMatchObject({ decoded: frames.length, encoded: frames.length });
        const { seconds, tick } = is!.times;
        expect(
          furthest(
            seconds.map((time) => time - shift),
            times,
          ),
        ).toBeLessThan(tick * 1.001);
        expect(info.video.timestamps).toBe(row.timestamps ?? 'container');

        expect([display.width, display.height]).toEqual(row.display ?? [160, 90]);
        expect([annotated.width, annotated.height]).toEqual([even(display.width), even(display.height)]);
        expect(annotated.sample_aspect_ratio ?? '1:1').toBe('1:1');
        expect(annotated.side_data_list?.some(({ rotation }) => rotation !== undefined) ?? false).toBe(false);
        expect(is!.pictures).toHaveLength(pictures.length);
        const likeness = is!.pictures.map((picture, index) => psnr(picture, pictures[index]!));
        expect(Math.min(...likeness)).toBeGreaterThan(row.likeness ?? 30);
        expect(coloursOf(annotated)).toEqual({ color_range: 'tv', ...row.colour });
        expect(annotated).toMatchObject(row.stream ?? {});

        const soundStreams = ofType(streams, 'audio');
        expect(soundStreams).toHaveLength(tracks.length);
        for (const [track, fate] of tracks.entries()) {
          const [before, after] = [was!.sounds[track]!, is!.sounds[track]!];
          if (fate !== 'copied') expect(soundStreams[track]!.codec_name).toBe(fate);
          else if (start === undefined) expect(after.hash).toBe(before.hash);
          const tolerance = fate === 'copied' ? (before.times.tick + after.times.tick) * 1.001 : 0.07;
          // Demuxers cut PCM where they like.
          const expected = before.times.seconds.filter(inPart);
          const samePackets = expected.length === after.times.seconds.length;
          for (const end of samePackets ? [0, -1] : [0]) {
            const moved = after.times.seconds.at(end)! - shift - expected.at(end)!;
            expect(Math.abs(moved)).toBeLessThan(tolerance);
          }
        }
        expect(ofType(streams, 'subtitle').map(({ codec_name }) => codec_name)).toEqual(row.subtitles ?? []);
        const languages = streams.slice(1).map(({ tags }) => tags?.language ?? 'und');
        if (row.languages !== undefined) expect(languages).toEqual(row.languages);
        const attached = streams.filter(
          ({ codec_type, disposition }) => codec_type === 'attachment' || disposition.attached_pic,
        );
        expect(attached.map(({ codec_name }) => codec_name)).toEqual(row.attached ?? []);
        const dispositions = streams.map(({ disposition }) =>
          Object.keys(disposition).filter((name) => disposition[name]),
        );
        if (row.dispositions !== undefined) expect(dispositions).toEqual(row.dispositions);
        expect(chapters.map(({ start_time, tags }) => [Number(start_time), tags?.title])).toEqual(row.chapters ?? []);
        expect(format.tags ?? {}).toMatchObject(row.tags ?? {});
      },
      180_000,
    );
  });
});

/** The greatest distance between two lists, member by member. */
function furthest(a: readonly number[], b: readonly number[]): number {
  return Math.max(0, ...a.map((value, index) => Math.abs(value - b[index]!)));
}

function even(value: number): number {
  return value + (value % 2);
}

/** Without a word on the range, YUV is limited; encoders leave that out. */
function coloursOf({ pix_fmt, color_range, color_space, color_primaries, color_transfer }: Stream): Partial<Stream> {
  const range = color_range ?? (pix_fmt?.startsWith('yuvj') ? 'pc' : 'tv');
  return Object.fromEntries(
    Object.entries({ color_range: range, color_space, color_primaries, color_transfer }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function ofType(streams: readonly Stream[], type: string): Stream[] {
  return streams.filter(({ codec_type }) => codec_type === type);
}
