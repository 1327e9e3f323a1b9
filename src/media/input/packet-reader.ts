import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_NOPTS_VALUE,
  AV_PKT_FLAG_KEY,
  AVERROR_EAGAIN,
  AVERROR_EOF,
} from 'node-av/constants';
import { FFmpegError, type FormatContext, Packet, type Stream } from 'node-av/lib';
import { redact } from '../../text/redact.ts';
import { believedDuration, mayJumpAhead } from '../clock/clock-policy.ts';
import { createTimeline, type Timeline } from '../clock/timeline.ts';
import { type Ratio, ratioOf, seconds } from '../frames/av.ts';
import type { OpenOptions } from '../protocol.ts';
import type { Warn } from '../warn-once.ts';
import { isCutShort } from './cut-short.ts';
import { imageSequence, isPattern } from './image-sequence.ts';
import { beginningOf, type OpenedInput, openInput } from './open-input.ts';
import { seekBefore } from './seek.ts';
import type { WantedSpan } from './wanted-span.ts';

interface StreamFacts {
  readonly timeBase: Ratio;
  /** A cover picture, which belongs to no time. */
  readonly cover: boolean;
}

interface ReadPacket {
  /** The reader's own, valid until the next is read. */
  readonly packet: Packet;
  /** When it is decoded, in seconds. */
  readonly time: number;
  /** Absent for streams that came up in the midst of the source. */
  readonly stream: StreamFacts | undefined;
  /** Video that the decoder cannot use, before a key frame, or has already. */
  readonly skipped: boolean;
}

/** The packets of a source, from a key frame before the wanted span, on one clock that goes on over jumps of its own. */
interface PacketReader {
  read(): ReadPacket | 'not yet' | 'end';
  /** After the end: why the input ended early, where it did. */
  readonly early: string | undefined;
  close(): void;
}

/** @param onFirst - Takes the video's first packet where another is read after it. */
export function packetReader(
  { format, video }: OpenedInput,
  options: OpenOptions,
  { start, from }: WantedSpan,
  onFirst: (packet: Packet) => void,
  warn: Warn,
): PacketReader {
  const name = redact(options.input);
  const beginning = beginningOf(format);
  const videoTimeBase = ratioOf(video.timeBase);
  const streams = format.streams.map(factsOf);
  const timeline = timelineOf(format, name, warn);
  const packet = new Packet();
  packet.alloc();
  let skip: 'nothing' | 'first' | 'to key frame' = 'nothing';
  /** What packets are read from: the input, or the same opened anew. */
  let packets = format;
  /** The end of the latest packet, in seconds. */
  let latest = Number.NEGATIVE_INFINITY;
  let early: string | undefined;
  const promised = promisedEnd(format);

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
    if (first >= 0) onFirst(packet);
    packet.unref();
    if (seekBefore(format, video, start, beginning, packet)) skip = 'to key frame';
    else {
      warn('SEEK_FAILED', `cannot seek in ${name}; decoding from its beginning to ${options.start} s`);
      packets = openInput(options.input).format;
      skip = 'first';
    }
  }

  function isSkipped(): boolean {
    if (packet.streamIndex !== video.index) return false;
    if (skip === 'to key frame' && (packet.flags & AV_PKT_FLAG_KEY) === 0) return true;
    const isFirst = skip === 'first';
    skip = 'nothing';
    return isFirst;
  }

  return {
    read() {
      packet.unref();
      const code = packets.readFrameSync(packet);
      if (code === AVERROR_EAGAIN) return 'not yet';
      if (code < 0) {
        early = whyEarly(code, options.input, latest, promised);
        return 'end';
      }
      timeline.place(packet);
      const stream = streams[packet.streamIndex];
      const { timeBase } = stream ?? { timeBase: videoTimeBase };
      const ticks = packet.dts === AV_NOPTS_VALUE ? packet.pts : packet.dts;
      const time = ticks === AV_NOPTS_VALUE ? from : seconds(ticks, timeBase);
      latest = Math.max(latest, time + seconds(believedDuration(packet.duration, timeBase, 0n), timeBase));
      return { packet, time, stream, skipped: isSkipped() };
    },
    get early() {
      return early;
    },
    close() {
      packet.free();
      if (packets !== format) packets.closeInputSync();
    },
  };
}

function factsOf(stream: Stream): StreamFacts {
  return { timeBase: ratioOf(stream.timeBase), cover: stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC) };
}

function timelineOf({ streams, iformat }: FormatContext, name: string, warn: Warn): Timeline {
  return createTimeline(streams, mayJumpAhead(iformat, true), (at, by) =>
    warn(
      'TIMESTAMP_JUMP',
      `the timestamps of ${name} jump at ${at.toFixed(3)} s; what follows is moved by ${by.toFixed(3)} s to go on there`,
    ),
  );
}

/**
 * Why an input ended before its end, where it did.
 *
 * @param code - What FFmpeg returned instead of a packet.
 * @param latest - The end of the latest packet, seconds.
 * @param promised - Where the container says that should be.
 */
function whyEarly(code: number, input: string, latest: number, promised: number): string | undefined {
  const { gap } = (isPattern(input) && imageSequence(input)) || {};
  if (gap !== undefined) return `${gap} is missing or empty, though others follow`;
  if (code !== AVERROR_EOF) return FFmpegError.strerror(code);
  if (isCutShort(input)) return 'the file is cut off';
  return latest < 0.99 * promised - 0.5 ? `the rest of its ${promised.toFixed(3)} s is missing or damaged` : undefined;
}

/** FFmpeg passes over the damaged rest of some files as if it were their end, which their headers tell better. */
function promisedEnd({ iformat, duration }: FormatContext): number {
  return /^(matroska|flv)/.test(iformat?.name ?? '') && duration > 0n
    ? Number(duration) / 1e6
    : Number.NEGATIVE_INFINITY;
}
