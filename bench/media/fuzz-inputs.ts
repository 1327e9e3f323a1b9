/** A container with a codec, and how the ffmpeg command makes it. */
export interface Pair {
  /** The file's name, by which the bench reports it; its extension chooses the container. */
  readonly file: string;
  readonly codec: readonly string[];
  /** Encoders that ffmpeg needs for it. */
  readonly needs: readonly string[];
  /** The codec of its sound, if it has any. */
  readonly sound?: string;
}

const x264 = (...more: string[]) => ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', ...more];
const x265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:keyint=10'];
const of = (encoder: string, ...more: string[]) => ['-c:v', encoder, '-g', '10', ...more];

export const PAIRS: readonly Pair[] = [
  { file: 'h264.mp4', codec: x264('-bf', '0'), needs: ['libx264'], sound: 'aac' },
  { file: 'h264-b.mp4', codec: x264('-bf', '3'), needs: ['libx264'] },
  { file: 'h264-fragments.mp4', codec: [...x264(), '-movflags', 'frag_keyframe+empty_moov'], needs: ['libx264'] },
  { file: 'h264-b.mkv', codec: x264('-bf', '3'), needs: ['libx264'], sound: 'aac' },
  { file: 'h264-b.ts', codec: x264('-bf', '3'), needs: ['libx264'], sound: 'mp2' },
  { file: 'h264.avi', codec: x264('-bf', '0'), needs: ['libx264'] },
  { file: 'h264.flv', codec: x264('-bf', '2'), needs: ['libx264'] },
  { file: 'h264.h264', codec: x264('-bf', '0'), needs: ['libx264'] },
  { file: 'h265.mp4', codec: x265, needs: ['libx265'] },
  { file: 'h265.mkv', codec: x265, needs: ['libx265'], sound: 'aac' },
  { file: 'vp8.webm', codec: of('libvpx', '-deadline', 'realtime', '-cpu-used', '8'), needs: ['libvpx'] },
  { file: 'vp9.webm', codec: of('libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'), needs: ['libvpx-vp9'] },
  { file: 'mpeg2.mpg', codec: of('mpeg2video', '-bf', '2'), needs: ['mpeg2video'], sound: 'mp2' },
  { file: 'mpeg2.ts', codec: of('mpeg2video'), needs: ['mpeg2video'] },
  { file: 'mpeg4.avi', codec: of('mpeg4', '-bf', '2'), needs: ['mpeg4'] },
  { file: 'mpeg4.mp4', codec: of('mpeg4'), needs: ['mpeg4'] },
  { file: 'mjpeg.avi', codec: ['-c:v', 'mjpeg'], needs: ['mjpeg'] },
  { file: 'prores.mov', codec: ['-c:v', 'prores_ks'], needs: ['prores_ks'] },
  { file: 'ffv1.mkv', codec: ['-c:v', 'ffv1', '-level', '3', '-slicecrc', '1'], needs: ['ffv1'] },
  { file: 'huffyuv.avi', codec: ['-c:v', 'huffyuv'], needs: ['huffyuv'] },
  { file: 'png.mov', codec: ['-c:v', 'png'], needs: ['png'] },
  { file: 'gif.gif', codec: ['-c:v', 'gif'], needs: ['gif'] },
  { file: 'h263.3gp', codec: of('h263'), needs: ['h263'] },
  { file: 'theora.ogv', codec: of('libtheora'), needs: ['libtheora'] },
  { file: 'wmv2.wmv', codec: of('wmv2'), needs: ['wmv2'] },
];

export const SIZE = '176x144';
export const SECONDS = 1.4;

/** What is done to a file. */
export type Damage = 'whole' | 'cut' | 'bits' | 'zeros' | 'splice' | 'headless';

/** Of these the frames and times must be those of the ffmpeg command. */
export const UNHARMED: ReadonlySet<Damage> = new Set(['whole', 'cut']);
export const DAMAGES: readonly Damage[] = ['cut', 'bits', 'zeros', 'splice', 'headless'];

/** @param chance - Numbers from 0 to 1. */
export function damaged(bytes: Buffer, damage: Damage, chance: () => number): Buffer {
  const at = () => Math.floor(chance() * bytes.length);
  const copy = Buffer.from(bytes);
  switch (damage) {
    case 'whole':
      return copy;
    case 'cut':
      return copy.subarray(0, Math.max(1, at()));
    case 'bits': {
      const count = 1 + Math.floor(chance() ** 2 * 40);
      for (let flip = 0; flip < count; flip++) copy[at()]! ^= 1 << Math.floor(chance() * 8);
      return copy;
    }
    case 'zeros': {
      const from = at();
      const length = Math.floor(chance() * Math.min(20_000, bytes.length / 4));
      return copy.fill(0, from, Math.min(bytes.length, from + length));
    }
    case 'splice': {
      const [from, to] = [at(), at()];
      return Buffer.concat([copy.subarray(0, from), copy.subarray(to)]);
    }
    case 'headless':
      return copy.subarray(Math.floor((at() + 1) / 3));
  }
}
