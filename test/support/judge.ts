import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { command } from './command.ts';

/** A file as Debian's ffmpeg decodes it. */
export interface Decoded {
  /** Of the frames that `-fps_mode passthrough` gives, on the file's own clock. */
  readonly times: Times;
  /** The same frames upright, in RGB. */
  readonly pictures: readonly Buffer[];
  /** The audio tracks' packets as they are stored. */
  readonly sounds: readonly Sound[];
}

/** Times in seconds, rising, and the tick they are counted in. */
export interface Times {
  readonly seconds: readonly number[];
  readonly tick: number;
}

export interface Sound {
  readonly times: Times;
  /** Of all packets. */
  readonly hash: string;
}

/** A stream as Debian's ffprobe sees it. */
export interface Stream {
  readonly index: number;
  readonly codec_name: string;
  readonly codec_type: string;
  readonly codec_tag_string?: string;
  readonly width?: number;
  readonly height?: number;
  readonly pix_fmt?: string;
  readonly time_base: string;
  readonly color_range?: string;
  readonly color_space?: string;
  readonly color_primaries?: string;
  readonly color_transfer?: string;
  readonly field_order?: string;
  readonly sample_aspect_ratio?: string;
  readonly side_data_list?: readonly Record<string, unknown>[];
  readonly disposition: Readonly<Record<string, number>>;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Probe {
  readonly streams: readonly Stream[];
  readonly chapters: readonly {
    readonly start_time: string;
    readonly end_time: string;
    readonly tags?: { readonly title?: string };
  }[];
  readonly format: { readonly start_time?: string; readonly tags?: Readonly<Record<string, string>> };
}

export async function probe(path: string): Promise<Probe> {
  const show = ['-show_streams', '-show_chapters', '-show_format', '-of', 'json'];
  return JSON.parse(await command('ffprobe', '-v', 'error', ...show, '-i', `file:${path}`));
}

export interface DecodeOptions {
  readonly path: string;
  /** The size that pictures are scaled to. */
  readonly size: { readonly width: number; readonly height: number };
  /** Whether only the top left of that size is looked at, unscaled. */
  readonly crop?: boolean;
  readonly sound: boolean;
  /** For the packets of sound, before they are hashed. */
  readonly soundFilter?: string;
  readonly inputOptions?: readonly string[];
}

/** What each file's decoding writes: the frames' times, pictures, packets of sound, hashes of sound. */
const PIPES = 4;
const FIRST_PIPE = 3;

/** Decodes files in one process, since the start of one costs more than such small files do. */
export async function decode(...files: readonly DecodeOptions[]): Promise<Decoded[]> {
  const outputs = files.flatMap((file, input) => outputsOf(file, input, FIRST_PIPE + PIPES * input));
  const inputs = files.flatMap(({ path, inputOptions = [] }) => [
    ...inputOptions,
    '-i',
    /%0?\d*d/.test(path) ? path : `file:${path}`,
  ]);
  const pipes = files.flatMap(() => Array<'pipe'>(PIPES).fill('pipe'));
  const child = spawn('ffmpeg', ['-v', 'error', '-nostdin', '-copyts', ...inputs, ...outputs], {
    stdio: ['ignore', 'ignore', 'pipe', ...pipes],
  });
  const [errors, ...written] = await Promise.all(child.stdio.slice(2).map((stream) => buffer(stream as Readable)));
  return files.map(({ size: { width, height } }, input) => {
    const [frames, pixels, packets, hashes] = written.slice(PIPES * input) as [Buffer, Buffer, Buffer, Buffer];
    const [times] = readTimes(frames.toString());
    if (times === undefined) throw new Error(`the ffmpeg command decodes no frame: ${errors}`);
    const size = width * height * 3;
    const hashOf = hashes
      .toString()
      .split('\n')
      .map((line) => line.split('=')[1]!);
    return {
      times,
      pictures: Array.from({ length: pixels.length / size }, (_, index) =>
        pixels.subarray(index * size, (index + 1) * size),
      ),
      sounds: readTimes(packets.toString()).map((own, track) => ({ times: own, hash: hashOf[track]! })),
    };
  });
}

/** Peak signal-to-noise ratio in dB. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index]! - b[index]!) ** 2;
  return sum === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 ** 2 * a.length) / sum);
}

function outputsOf({ size, crop, sound, soundFilter }: DecodeOptions, input: number, pipe: number): string[] {
  const shape = `${size.width}:${size.height}`;
  const filters = [
    ...(crop ? [`crop=${shape}:0:0:exact=1`] : []),
    `scale=${shape}:flags=bicubic+accurate_rnd+full_chroma_int`,
    'format=rgb24',
  ];
  const video = ['-map', `${input}:V:0`, '-fps_mode', 'passthrough'];
  const sounds = ['-map', `${input}:a`, '-c', 'copy', ...(soundFilter === undefined ? [] : ['-bsf:a', soundFilter])];
  const times = ['-f', 'framehash', '-hash', 'crc32'];
  return [
    ...[...video, '-vf', 'scale=2:2', '-enc_time_base', '-1', ...times, `pipe:${pipe}`],
    ...[...video, '-vf', filters.join(','), '-f', 'rawvideo', `pipe:${pipe + 1}`],
    ...(sound ? [...sounds, ...times, `pipe:${pipe + 2}`] : []),
    ...(sound ? [...sounds, '-f', 'streamhash', `pipe:${pipe + 3}`] : []),
  ];
}

/** Reads the framehash format: `#tb <stream>: <time base>`, then `stream, dts, pts, duration, size, hash`. */
function readTimes(text: string): Times[] {
  const lines = text.split('\n');
  const rows = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(/,\s*/));
  return [...text.matchAll(/^#tb (\d+): (\d+)\/(\d+)$/gm)].map(([, stream, num, den]) => {
    const tick = Number(num) / Number(den);
    const own = rows.filter(([index]) => index?.trim() === stream);
    return { tick, seconds: own.map(([, , pts]) => Number(pts) * tick) };
  });
}
