import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_NOPTS_VALUE,
  AV_PKT_FLAG_CORRUPT,
  AV_PKT_FLAG_KEY,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVFMT_TS_DISCONT,
} from 'node-av/constants';
import { FFmpegError, type FormatContext, type Frame, Packet } from 'node-av/lib';
import { redact } from '../../text/redact.ts';
import { ratioOf, seconds, ticks } from '../frames/av.ts';
import type { OpenOptions } from '../protocol.ts';
import { isCutShort } from './cut-short.ts';
import { frameRateOf, streamKind } from './describe-source.ts';
import { imageSequence, isPattern } from './image-sequence.ts';
import { beginningOf, type OpenedInput, openInput } from './open-input.ts';
import { seekBefore } from './seek.ts';
import { createTimeline } from './timeline.ts';
import { openVideoDecoder, timestampOf } from './video-decoder.ts';

export interface TimedFrame {
  readonly frame: Frame;
  /** Presentation time in the stream's time base, strictly rising. */
  readonly ticks: bigint;
}

export interface VideoReader {
  /** Where the wanted span begins, in seconds of the source clock, if not with the first frame. */
  readonly start: number | undefined;
  /**
   * Decodes up to the next frame of the wanted span. Packets of other streams met on the way go to `other`, which must
   * not keep them.
   *
   * @returns null at the end.
   */
  next(other: (packet: Packet) => void): TimedFrame | null;
  /** Whether a pts was counted from the frame rate because the container had none. */
  computedTimestamps(): boolean;
  close(): void;
}

/** Less than any tick, and more than what adding up seconds comes out wrong by. */
const ROUNDING_SECONDS = 1e-6;
/** After the wanted span of video, sound of the same span may still be stored up to this much later in the file. */
const INTERLEAVING_SECONDS = 2;

/**
 * Demuxes and decodes, within `start` and `duration`. Damaged packets are passed over, and a cut file yields what is
 * before the cut, each with a warning.
 */
export function videoReader(
  { format, video }: OpenedInput,
  options: OpenOptions,
  warn: (code: string, message: string) => void,
): VideoReader {
  const timeBase = ratioOf(video.timeBase);
  const name = redact(options.input);
  const streams = format.streams.map((stream) => ({
    timeBase: ratioOf(stream.timeBase),
    steady: ['video', 'audio'].includes(streamKind(stream)),
    cover: stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC),
  }));
  const jumpsAhead = ((format.iformat?.flags ?? 0) & AVFMT_TS_DISCONT) !== 0;
  const timeline = createTimeline(streams, jumpsAhead, (at, by) =>
    warn(
      'TIMESTAMP_JUMP',
      `the timestamps of ${name} jump at ${at.toFixed(3)} s; what follows is moved by ${by.toFixed(3)} s to go on there`,
    ),
  );
  const decoder = openVideoDecoder(video, options);
  const packet = new Packet();
  packet.alloc();
  const rate = frameRateOf(video);
  const oneFrame = ticks(rate.den / rate.num, timeBase) || 1n;
  const beginning = beginningOf(format);
  const start = options.start === undefined ? undefined : beginning + options.start;
  const from = (start ?? Number.NEGATIVE_INFINITY) - ROUNDING_SECONDS;
  /** Undefined until the first frame says where a span without a start begins. */
  let until =
    options.duration === undefined
      ? Number.POSITIVE_INFINITY
      : start === undefined
        ? undefined
        : from + options.duration;
  let previous: { ticks: bigint; duration: bigint } | undefined;
  let computed = false;
  let pastSpan = false;
  let skip: 'nothing' | 'first' | 'to key frame' = 'nothing';
  /** Why the input ended before its end, where it did. */
  let early: string | undefined;
  /** Whether the latest packet of the video is marked as not whole; as the last of an input that is cut off it may be. */
  let broken = false;
  /** The end of the latest packet, and where the container says it should be, in seconds. */
  let latest = Number.NEGATIVE_INFINITY;
  const promised = promisedEnd(format);
  let state: 'reading' | 'draining' | 'ended' = 'reading';
  /** What packets are read from: the input, or the same opened anew. */
  let packets = format;

  if (start !== undefined && start > beginning) seek(start);

  /**
   * The decoder sees the stream's first packet before the seek: old x264 names itself only there, and FFmpeg must know its
   * version to read its 4:4:4 streams.
   */
  function seek(start: number): void {
    let first = format.readFrameSync(packet);
    while (first >= 0 && packet.streamIndex !== video.index) {
      packet.unref();
      first = format.readFrameSync(packet);
    }
    if (first >= 0) decoder.send(packet);
    packet.unref();
    if (seekBefore(format, video, start, beginning, packet)) skip = 'to key frame';
    else {
      warn('SEEK_FAILED', `cannot seek in ${name}; decoding from its beginning to ${options.start} s`);
      packets = openInput(options.input).format;
      skip = 'first';
    }
  }

  /** Video that the decoder cannot use, before a key frame, or has already. */
  function isSkipped(): boolean {
    if (skip === 'to key frame' && (packet.flags & AV_PKT_FLAG_KEY) === 0) return true;
    const isFirst = skip === 'first';
    skip = 'nothing';
    return isFirst;
  }

  function readPacket(other: (packet: Packet) => void): void {
    const code = packets.readFrameSync(packet);
    if (code === AVERROR_EAGAIN) return;
    if (code < 0) {
      const { gap } = (isPattern(options.input) && imageSequence(options.input)) || {};
      if (gap !== undefined) early = `${gap} is missing or empty, though others follow`;
      else if (code !== AVERROR_EOF) early = FFmpegError.strerror(code);
      else if (isCutShort(options.input)) early = 'the file is cut off';
      else if (latest < 0.99 * promised - 0.5) early = `the rest of its ${promised.toFixed(3)} s is missing or damaged`;
      if (broken && early === undefined) warnOfBreak();
      decoder.send(null);
      state = pastSpan ? 'ended' : 'draining';
      return;
    }
    timeline.place(packet);
    const time = packetTime();
    latest = Math.max(latest, time + seconds(packet.duration, streams[packet.streamIndex]?.timeBase ?? timeBase));
    if (packet.streamIndex !== video.index) {
      const stream = streams[packet.streamIndex];
      if (stream === undefined)
        warn('STREAM_DROPPED', `stream ${packet.streamIndex} is left out: it comes up only in the middle of ${name}`);
      else if (stream.cover || (time >= from && time < (until ?? Number.POSITIVE_INFINITY))) other(packet);
    } else if (!pastSpan && !isSkipped()) {
      if (broken) warnOfBreak();
      broken = (packet.flags & AV_PKT_FLAG_CORRUPT) !== 0;
      if (!decoder.send(packet)) warnOfDamage();
    }
    if (pastSpan && time > until! + INTERLEAVING_SECONDS) state = 'ended';
    packet.unref();
  }

  function warnOfEnd(): void {
    if (early === undefined) return;
    const where =
      previous === undefined ? 'before the first frame' : `after ${seconds(previous.ticks, timeBase).toFixed(3)} s`;
    warn('SOURCE_TRUNCATED', `${name} ends early, ${where}: ${early}`);
  }

  /** Where the input ends early, its last frame is not whole either, which goes without saying. */
  function warnOfDamage(): void {
    if (early !== undefined) return;
    warn('PACKET_DAMAGED', `${name} has damaged video data; frames of it are missing or not whole`);
  }

  /** A transport stream says where packets are missing. */
  function warnOfBreak(): void {
    warn('PACKET_DAMAGED', `${name} has breaks in its video data; frames there may be missing or not whole`);
  }

  function packetTime(): number {
    const value = packet.dts === AV_NOPTS_VALUE ? packet.pts : packet.dts;
    return value === AV_NOPTS_VALUE ? from : seconds(value, streams[packet.streamIndex]?.timeBase ?? timeBase);
  }

  function timed(frame: Frame): TimedFrame {
    let value = timestampOf(frame);
    if (value === null) {
      computed = true;
      value = previous === undefined ? 0n : previous.ticks + previous.duration;
    }
    const wanted = seconds(value, timeBase) >= from;
    if (wanted && previous !== undefined && value <= previous.ticks) {
      warn('TIMESTAMP_ORDER', `${name} has timestamps that do not rise; such frames are moved to the next tick`);
      value = previous.ticks + 1n;
    }
    previous = { ticks: value, duration: frame.duration > 0n ? frame.duration : oneFrame };
    return { frame, ticks: value };
  }

  return {
    start,
    next(other) {
      while (state !== 'ended') {
        const frame = pastSpan ? null : decoder.receive();
        if (frame === 'end') {
          warnOfEnd();
          state = 'ended';
          break;
        }
        if (frame === 'damaged') {
          warnOfDamage();
          continue;
        }
        if (frame === null) {
          readPacket(other);
          continue;
        }
        const result = timed(frame);
        const time = seconds(result.ticks, timeBase);
        until ??= time + options.duration! - ROUNDING_SECONDS;
        if (time >= until) pastSpan = true;
        if (time >= from && time < until) {
          if (frame.decodeErrorFlags !== 0) warnOfDamage();
          return result;
        }
        frame.free();
      }
      return null;
    },
    computedTimestamps: () => computed,
    close() {
      packet.free();
      decoder.close();
      if (packets !== format) packets.closeInputSync();
    },
  };
}

/** FFmpeg passes over the damaged rest of some files as if it were their end, which their headers tell better. */
function promisedEnd({ iformat, duration }: FormatContext): number {
  return /^(matroska|flv)/.test(iformat?.name ?? '') && duration > 0n
    ? Number(duration) / 1e6
    : Number.NEGATIVE_INFINITY;
}
