import { AV_PIX_FMT_RGB24, AV_PIX_FMT_YUVJ444P, type AVPixelFormat } from 'node-av/constants';
import { HeatboxError } from '../../error.ts';
import { nearest } from '../../text/nearest.ts';
import type { HdrNames } from '../frames/hdr-metadata.ts';

/** How an encoder wants its constant quality and speed named. */
export interface EncoderProfile {
  readonly name: string;
  readonly codec: 'h264' | 'hevc' | 'av1' | 'vp9' | 'mjpeg' | 'png';
  /** The option that takes the constant quality. */
  readonly quality: string;
  readonly qualityRange: readonly [number, number];
  readonly defaultQuality: number;
  /** What the option wants of the constant quality: so many times as much. */
  readonly qualityUnit?: number;
  /** The option that takes the speed, what it may be (names, or a range of whole numbers), and what it is by default. */
  readonly presetOption?: string;
  readonly presets?: readonly string[] | readonly [number, number];
  readonly defaultPreset?: string;
  /** The option that takes the encoder's own options, `name=value` with colons between, and those it always has. */
  readonly ownOptions?: { readonly name: string; readonly always: readonly string[]; readonly hdr: HdrNames };
  /** Options that the constant quality needs beside itself. */
  readonly options?: Readonly<Record<string, string>>;
  /** Its own options where no preset is asked for; it has a thread a core then, unless told, not its own choice of more. */
  readonly lean?: readonly string[];
  /** Options that make it give each frame out at once. */
  readonly prompt?: Readonly<Record<string, string>>;
  /** What it reads from the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it wants NV12 or P010 instead of planar 4:2:0. */
  readonly semiPlanar?: boolean;
  /** Makes single pictures: the pixel format that it wants, and the filters that make it. */
  readonly picture?: { readonly format: AVPixelFormat; readonly filters: readonly string[] };
}

const X26X_PRESETS = [
  'ultrafast',
  'superfast',
  'veryfast',
  'faster',
  'fast',
  'medium',
  'slow',
  'slower',
  'veryslow',
  'placebo',
] as const;
const NVENC_PRESETS = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'slow', 'medium', 'fast'] as const;

const ENCODERS: readonly EncoderProfile[] = [
  {
    name: 'libx264',
    codec: 'h264',
    quality: 'crf',
    qualityRange: [0, 51],
    defaultQuality: 20,
    presetOption: 'preset',
    presets: X26X_PRESETS,
    defaultPreset: 'veryfast',
    ownOptions: {
      name: 'x264-params',
      always: [],
      hdr: { mastering: 'mastering-display', light: 'cll', counts: true },
    },
    // Each frame that it looks ahead or keeps takes 6 to 10 MB at 1080p, and the last ones save it few bits.
    lean: ['rc-lookahead=2', 'sync-lookahead=1', 'bframes=2', 'b-pyramid=none', 'weightp=0'],
    prompt: { tune: 'zerolatency' },
  },
  {
    name: 'libx265',
    codec: 'hevc',
    quality: 'crf',
    qualityRange: [0, 51],
    defaultQuality: 24,
    presetOption: 'preset',
    presets: X26X_PRESETS,
    defaultPreset: 'fast',
    ownOptions: {
      name: 'x265-params',
      always: ['log-level=error'],
      hdr: { mastering: 'master-display', light: 'max-cll', counts: true },
    },
  },
  {
    name: 'libsvtav1',
    codec: 'av1',
    quality: 'crf',
    qualityRange: [0, 63],
    defaultQuality: 30,
    presetOption: 'preset',
    presets: [-1, 13],
    defaultPreset: '8',
    ownOptions: {
      name: 'svtav1-params',
      always: [],
      hdr: { mastering: 'mastering-display', light: 'content-light', counts: false },
    },
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
    presets: [-8, 8],
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
    presets: NVENC_PRESETS,
    defaultPreset: 'p4',
    options: { rc: 'vbr', b: '0' },
    prompt: { tune: 'ull', zerolatency: '1', delay: '0' },
  },
  {
    name: 'hevc_nvenc',
    codec: 'hevc',
    quality: 'cq',
    qualityRange: [0, 51],
    defaultQuality: 25,
    presetOption: 'preset',
    presets: NVENC_PRESETS,
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
    presets: ['veryfast', 'faster', 'fast', 'medium', 'slow', 'slower', 'veryslow'],
    defaultPreset: 'veryfast',
    prompt: { async_depth: '1' },
    semiPlanar: true,
  },
  {
    name: 'h264_amf',
    codec: 'h264',
    quality: 'qvbr_quality_level',
    qualityRange: [1, 51],
    defaultQuality: 22,
    presetOption: 'quality',
    presets: ['speed', 'balanced', 'quality'],
    defaultPreset: 'balanced',
    options: { rc: 'qvbr' },
    prompt: { usage: 'ultralowlatency' },
  },
  {
    name: 'h264_videotoolbox',
    codec: 'h264',
    quality: 'q:v',
    qualityRange: [1, 100],
    defaultQuality: 65,
    prompt: { realtime: '1' },
  },
  { name: 'hevc_videotoolbox', codec: 'hevc', quality: 'q:v', qualityRange: [1, 100], defaultQuality: 65 },
  {
    name: 'mjpeg',
    codec: 'mjpeg',
    quality: 'global_quality',
    qualityRange: [1, 31],
    defaultQuality: 2,
    // FFmpeg's FF_QP2LAMBDA.
    qualityUnit: 118,
    options: { flags: '+qscale' },
    picture: { format: AV_PIX_FMT_YUVJ444P, filters: ['scale=out_range=full', 'format=yuvj444p'] },
  },
  {
    name: 'png',
    codec: 'png',
    quality: 'compression_level',
    qualityRange: [0, 9],
    defaultQuality: 6,
    picture: { format: AV_PIX_FMT_RGB24, filters: ['format=rgb24'] },
  },
];

/** What each container takes of the encoders' codecs, the usual one first. */
const CONTAINER_CODECS: Readonly<Record<string, readonly EncoderProfile['codec'][]>> = {
  mp4: ['h264', 'hevc', 'av1', 'vp9'],
  mov: ['h264', 'hevc', 'av1'],
  matroska: ['h264', 'hevc', 'av1', 'vp9'],
  webm: ['vp9', 'av1'],
  jpeg: ['mjpeg'],
  png: ['png'],
};

/** The encoder for a container, by FFmpeg's name of it, where none is asked for. */
export function defaultEncoder(format: string): string {
  const [codec] = CONTAINER_CODECS[format] ?? ['h264'];
  return ENCODERS.find((encoder) => encoder.codec === codec)!.name;
}

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
    throw new HeatboxError('ENCODER_CONTAINER', `a ${format} file cannot hold what ${name} makes`, {
      value: name,
      kind: 'usage',
      hint: `Use --encoder ${defaultEncoder(format)}, or an output ending in .mp4.`,
    });
  }
  return profile;
}

/**
 * @param crf - Constant quality, on the encoder's scale.
 * @param preset - Absent: the encoder's default.
 * @throws HeatboxError `ENCODER_QUALITY`, `ENCODER_PRESET` where the encoder does not know them.
 */
export function checkEncoding(profile: EncoderProfile, { crf, preset }: { crf: number; preset?: string }): void {
  const [low, high] = profile.qualityRange;
  if (!(crf >= low && crf <= high)) {
    throw new HeatboxError('ENCODER_QUALITY', `crf ${crf} is outside ${low} to ${high}, the range of ${profile.name}`, {
      value: crf,
      kind: 'usage',
      hint: `Leave --crf out for ${profile.defaultQuality}.`,
    });
  }
  if (preset === undefined || isPreset(preset, profile.presets)) return;
  throw new HeatboxError('ENCODER_PRESET', `${profile.name} has no preset "${preset}"`, {
    value: preset,
    kind: 'usage',
    hint: presetHint(preset, profile),
  });
}

function isPreset(preset: string, presets: EncoderProfile['presets'] = []): boolean {
  if (typeof presets[0] !== 'number') return (presets as readonly string[]).includes(preset);
  const [low, high] = presets as readonly [number, number];
  return /^-?\d+$/.test(preset) && Number(preset) >= low && Number(preset) <= high;
}

function presetHint(preset: string, { name, presets, defaultPreset }: EncoderProfile): string {
  if (presets === undefined) return 'It takes none: leave --preset out.';
  const near = typeof presets[0] === 'string' ? nearest(preset, presets as readonly string[]) : [];
  if (near.length > 0) return `Did you mean ${near.join(' or ')}?`;
  const all = typeof presets[0] === 'number' ? `the numbers from ${presets.join(' to ')}` : presets.join(', ');
  return `${name} takes ${all}; ${defaultPreset} where --preset is left out.`;
}
