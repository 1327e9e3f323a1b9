import { availableParallelism } from 'node:os';
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_INTERLACED_DCT,
  AV_FRAME_FLAG_TOP_FIELD_FIRST,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_P010LE,
  AV_PIX_FMT_YUV420P10LE,
  AVCOL_RANGE_JPEG,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  type AVPixelFormat,
  type FFEncoderCodec,
} from 'node-av/constants';
import { Codec, CodecContext, type Frame, Packet } from 'node-av/lib';
import { HeatboxError } from '../../error.ts';
import { check, type Ratio } from '../frames/av.ts';
import { type FilterPipe, filterPipe } from '../frames/filter-pipe.ts';
import { filterInputOf, isInterlaced } from '../frames/frame-format.ts';
import { hdrMetadataOf, hdrOptions } from '../frames/hdr-metadata.ts';
import type { OutputOptions } from '../protocol.ts';
import { checkEncoding, type EncoderProfile, encoderProfile } from './encoders.ts';

export interface VideoEncoder {
  readonly context: CodecContext;
  /** Encodes a frame, whose pts is in `timeBase`; null flushes. The packets are the callee's to write and stay the encoder's. */
  encode(frame: Frame | null, write: (packet: Packet) => void): void;
  close(): void;
}

/**
 * Opens the encoder for frames like `first`: size, pixel format, colour and field order are taken from it.
 *
 * @param prompt - For viewers that come and go: no B-frames, each frame out at once, a keyframe a second, so that nobody who
 * joins waits longer. Else the encoder's own choice of frame types, which compresses best.
 * @throws HeatboxError as `checkEncoding` does, or `ENCODER_UNAVAILABLE` where this machine or build cannot run it.
 */
export function openVideoEncoder(
  first: Frame,
  timeBase: Ratio,
  frameRate: Ratio,
  globalHeader: boolean,
  options: Omit<OutputOptions, 'path'>,
  prompt = false,
): VideoEncoder {
  const profile = encoderProfile(options.encoder, options.format);
  checkEncoding(profile, options);
  const codec = Codec.findEncoderByName(options.encoder as FFEncoderCodec);
  if (codec === null) throw unavailable(profile, 'this build of FFmpeg lacks it');
  Object.assign(process.env, profile.environment);
  const lean = prompt || options.preset !== undefined ? undefined : profile.lean;
  const threads = options.threads === 0 && lean !== undefined ? availableParallelism() : options.threads;
  const { context, converter } = configure(codec, profile, first, threads);
  const close = () => {
    context.freeContext();
    converter?.close();
  };
  try {
    context.timeBase = { ...timeBase } as CodecContext['timeBase'];
    context.framerate = { ...frameRate } as CodecContext['framerate'];
    if (globalHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    if (prompt) {
      context.gopSize = Math.max(1, Math.round(frameRate.num / frameRate.den));
      context.maxBFrames = 0;
    }
    // Not as a Dictionary: avcodec_open2 frees it, and node-av's wrapper frees it again.
    for (const [name, value] of optionsOf(profile, first, options, { prompt, lean })) {
      if (context.setOption(name, value) < 0) throw badOption(profile, name, value);
    }
    const opened = context.open2Sync(codec);
    if (opened < 0 && Math.max(first.width, first.height) > LARGEST_SIDE) throw tooLarge(profile, first);
    check(opened, `open the encoder ${profile.name}`, 'ENCODER_UNAVAILABLE', {
      value: profile.name,
      hint: `It may need hardware or a driver that is not here, or not take this size or quality${orAnother(profile)}.`,
    });
  } catch (error) {
    close();
    throw error;
  }
  const packet = new Packet();
  packet.alloc();
  return {
    context,
    encode(frame, write) {
      const input = frame !== null && converter !== undefined ? converter.run(frame) : frame;
      // Else the encoder would repeat the source's choice of I, P and B frames.
      if (input !== null) input.pictType = AV_PICTURE_TYPE_NONE;
      const sent = context.sendFrameSync(input);
      if (input !== frame) input?.free();
      if (sent !== AVERROR_EOF) check(sent, 'encode a frame');
      for (;;) {
        const received = context.receivePacketSync(packet);
        if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return;
        check(received, 'encode a frame');
        write(packet);
        packet.unref();
      }
    },
    close() {
      packet.free();
      close();
    },
  };
}

function configure(
  codec: Codec,
  profile: EncoderProfile,
  first: Frame,
  threads: number,
): { context: CodecContext; converter: FilterPipe | undefined } {
  const context = new CodecContext();
  context.allocContext3(codec);
  const deep = first.format === AV_PIX_FMT_YUV420P10LE;
  const format =
    profile.picture?.format ??
    (profile.semiPlanar ? (deep ? AV_PIX_FMT_P010LE : AV_PIX_FMT_NV12) : (first.format as AVPixelFormat));
  const supported = codec.pixelFormats;
  if (supported !== null && !supported.includes(format)) {
    context.freeContext();
    throw unavailable(profile, `it does not take ${deep ? '10-bit' : '8-bit'} 4:2:0 pictures`);
  }
  context.width = first.width;
  context.height = first.height;
  context.pixelFormat = format;
  context.sampleAspectRatio = { num: 1, den: 1 } as CodecContext['sampleAspectRatio'];
  context.colorRange = profile.picture === undefined ? first.colorRange : AVCOL_RANGE_JPEG;
  context.colorSpace = first.colorSpace;
  context.colorPrimaries = first.colorPrimaries;
  context.colorTrc = first.colorTrc;
  context.chromaLocation = first.chromaLocation;
  context.threadCount = threads;
  if (isInterlaced(first)) context.setFlags(AV_CODEC_FLAG_INTERLACED_DCT);
  const filters = profile.picture?.filters ?? (profile.semiPlanar ? [`format=${deep ? 'p010le' : 'nv12'}`] : []);
  const converter = filters.length === 0 ? undefined : filterPipe(filterInputOf(first), [...filters]);
  return { context, converter };
}

/** Interlaced pictures stay so; which field is the first is told to the container as the ffmpeg command tells it. */
function fieldOptions(first: Frame): [name: string, value: string][] {
  return isInterlaced(first) ? [['field_order', isTopFirst(first) ? 'tb' : 'bt']] : [];
}

function isTopFirst(frame: Frame): boolean {
  return (frame.flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) !== 0;
}

/** What FFmpeg does not tell the encoder by itself. */
function ownOptions(
  { name, ownOptions }: EncoderProfile,
  first: Frame,
  lean: readonly string[],
): [name: string, value: string][] {
  if (ownOptions === undefined) return [];
  const fields = name === 'libx264' && isInterlaced(first) ? [isTopFirst(first) ? 'tff=1' : 'bff=1'] : [];
  const all = [...ownOptions.always, ...lean, ...fields, ...hdrOptions(hdrMetadataOf(first), ownOptions.hdr)];
  return all.length === 0 ? [] : [[ownOptions.name, all.join(':')]];
}

function optionsOf(
  profile: EncoderProfile,
  first: Frame,
  { crf, preset }: Omit<OutputOptions, 'path'>,
  { prompt, lean = [] }: { prompt: boolean; lean: readonly string[] | undefined },
): [name: string, value: string][] {
  const options = [
    ...fieldOptions(first),
    ...ownOptions(profile, first, lean),
    ...Object.entries(profile.options ?? {}),
  ];
  if (prompt) options.push(...Object.entries(profile.prompt ?? {}));
  const speed = preset ?? profile.defaultPreset;
  if (profile.presetOption !== undefined && speed !== undefined) options.push([profile.presetOption, speed]);
  return [...options, [profile.quality, String(crf * (profile.qualityUnit ?? 1))]];
}

function badOption(profile: EncoderProfile, name: string, value: string): HeatboxError {
  return new HeatboxError('ENCODER_OPTION', `${profile.name} does not take ${name} "${value}"`, {
    value,
    kind: 'usage',
    hint: 'Leave --preset out for the default.',
  });
}

/** Of libx264, which takes larger pictures than most encoders. */
const LARGEST_SIDE = 16_384;

const orAnother = ({ name }: EncoderProfile) => (name === 'libx264' ? '' : ': try --encoder libx264');

function tooLarge({ name }: EncoderProfile, { width, height }: Frame): HeatboxError {
  return new HeatboxError('ENCODER_SIZE', `${name} does not take pictures of ${width}x${height} pixels`, {
    value: `${width}x${height}`,
    kind: 'usage',
    hint: `Most encoders take at most ${LARGEST_SIDE} pixels a side: make the video smaller first, or write the boxes alone, with --json.`,
  });
}

function unavailable({ name }: EncoderProfile, why: string): HeatboxError {
  return new HeatboxError('ENCODER_UNAVAILABLE', `the encoder ${name} cannot be used: ${why}`, {
    value: name,
    hint: name === 'libx264' ? undefined : 'Try --encoder libx264.',
  });
}
