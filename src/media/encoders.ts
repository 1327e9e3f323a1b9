import { HeatboxError } from '../error.ts';
import { nearest } from '../nearest.ts';

/** How an encoder wants its constant quality and speed named. */
export interface EncoderProfile {
  readonly name: string;
  readonly codec: 'h264' | 'hevc' | 'av1' | 'vp9';
  /** The option that takes the constant quality. */
  readonly quality: string;
  readonly qualityRange: readonly [number, number];
  readonly defaultQuality: number;
  readonly defaultPreset?: string;
  readonly presetOption?: string;
  /** Options that the constant quality needs beside itself. */
  readonly options?: Readonly<Record<string, string>>;
  /** What it reads from the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it takes planar 4:2:0; else it wants NV12 or P010. */
  readonly semiPlanar?: boolean;
}

const ENCODERS: readonly EncoderProfile[] = [
  {
    name: 'libx264',
    codec: 'h264',
    quality: 'crf',
    qualityRange: [0, 51],
    defaultQuality: 20,
    presetOption: 'preset',
    defaultPreset: 'veryfast',
  },
  {
    name: 'libx265',
    codec: 'hevc',
    quality: 'crf',
    qualityRange: [0, 51],
    defaultQuality: 24,
    presetOption: 'preset',
    defaultPreset: 'fast',
    options: { 'x265-params': 'log-level=error' },
  },
  {
    name: 'libsvtav1',
    codec: 'av1',
    quality: 'crf',
    qualityRange: [0, 63],
    defaultQuality: 30,
    presetOption: 'preset',
    defaultPreset: '8',
    // It writes to stderr by itself; 1 leaves errors.
    environment: { SVT_LOG: '1' },
  },
  {
    name: 'libvpx-vp9',
    codec: 'vp9',
    quality: 'crf',
    qualityRange: [0, 63],
    defaultQuality: 30,
    presetOption: 'cpu-used',
    defaultPreset: '5',
    options: { b: '0', deadline: 'realtime', 'row-mt': '1' },
  },
  {
    name: 'h264_nvenc',
    codec: 'h264',
    quality: 'cq',
    qualityRange: [0, 51],
    defaultQuality: 22,
    presetOption: 'preset',
    defaultPreset: 'p4',
    options: { rc: 'vbr', b: '0' },
  },
  {
    name: 'hevc_nvenc',
    codec: 'hevc',
    quality: 'cq',
    qualityRange: [0, 51],
    defaultQuality: 25,
    presetOption: 'preset',
    defaultPreset: 'p4',
    options: { rc: 'vbr', b: '0' },
  },
  {
    name: 'h264_qsv',
    codec: 'h264',
    quality: 'global_quality',
    qualityRange: [1, 51],
    defaultQuality: 22,
    presetOption: 'preset',
    defaultPreset: 'veryfast',
    semiPlanar: true,
  },
  {
    name: 'h264_amf',
    codec: 'h264',
    quality: 'qvbr_quality_level',
    qualityRange: [1, 51],
    defaultQuality: 22,
    presetOption: 'quality',
    defaultPreset: 'balanced',
    options: { rc: 'qvbr' },
  },
  { name: 'h264_videotoolbox', codec: 'h264', quality: 'q:v', qualityRange: [1, 100], defaultQuality: 65 },
  { name: 'hevc_videotoolbox', codec: 'hevc', quality: 'q:v', qualityRange: [1, 100], defaultQuality: 65 },
];

/** What each container takes of the encoders' codecs. */
const CONTAINER_CODECS: Readonly<Record<string, readonly EncoderProfile['codec'][]>> = {
  mp4: ['h264', 'hevc', 'av1', 'vp9'],
  mov: ['h264', 'hevc', 'av1'],
  matroska: ['h264', 'hevc', 'av1', 'vp9'],
  webm: ['vp9', 'av1'],
};

/**
 * @param name - FFmpeg's name of an encoder, as `libx264`.
 * @param format - FFmpeg's name of the container.
 * @throws HeatboxError `ENCODER_UNKNOWN` with the nearest known name, `ENCODER_CONTAINER` where the container does not hold it.
 */
export function encoderProfile(name: string, format: string): EncoderProfile {
  const profile = ENCODERS.find((encoder) => encoder.name === name);
  const names = ENCODERS.map((encoder) => encoder.name);
  if (profile === undefined) {
    const near = nearest(name, names);
    throw new HeatboxError('ENCODER_UNKNOWN', `unknown encoder "${name}"`, {
      value: name,
      kind: 'usage',
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Known encoders: ${names.join(', ')}.`,
    });
  }
  if (CONTAINER_CODECS[format]?.includes(profile.codec) === false) {
    const fitting = ENCODERS.filter((encoder) => CONTAINER_CODECS[format]!.includes(encoder.codec));
    throw new HeatboxError('ENCODER_CONTAINER', `a ${format} file cannot hold what ${name} makes`, {
      value: name,
      kind: 'usage',
      hint: `Use --encoder ${fitting[0]!.name}, or an output ending in .mp4.`,
    });
  }
  return profile;
}
