import { statSync } from 'node:fs';
import { AV_NOPTS_VALUE, AVERROR_INVALIDDATA } from 'node-av/constants';
import { avGetCodecName, avRescaleQ, type CodecContext, FormatContext, type Packet, type Stream } from 'node-av/lib';
import { HeatboxError } from '../../error.ts';
import { check, type Ratio, seconds } from '../frames/av.ts';
import { addHdrMetadata, type HdrMetadata } from '../frames/hdr-metadata.ts';
import type { OpenedInput } from '../input/open-input.ts';
import type { Chapter, OutputOptions } from '../protocol.ts';
import type { Warn } from '../warn-once.ts';
import { carriedStreamTags, carriedTags } from './carried-metadata.ts';
import { containerName } from './carried-streams.ts';
import { addCarriers, type Carrier } from './carriers.ts';
import { writeMatroskaChapters } from './matroska-chapters.ts';
import { MP4_CHAPTERS, writeMp4Chapters } from './mp4-chapters.ts';

export interface Muxer {
  /** A packet of the encoder, in the video's time base. */
  writeVideo(packet: Packet): void;
  /** A packet of another stream of the source; streams that are not carried are passed over. */
  carry(packet: Packet): void;
  /** Flushes, writes the index and closes. @returns the file's bytes. */
  finish(): number;
  /** Closes without finishing. */
  abandon(): void;
}

interface MuxerOptions {
  readonly input: OpenedInput;
  readonly output: OutputOptions;
  readonly encoder: CodecContext;
  readonly videoTimeBase: Ratio;
  readonly hdr: HdrMetadata;
  /** Added to every timestamp, in the video's ticks. */
  readonly shift: bigint;
  readonly chapters: readonly Chapter[];
  /** Packets of the source's other streams that were read so far; they are still to be carried. */
  readonly early: readonly Packet[];
  readonly warn: Warn;
}

/**
 * Opens the output: the annotated video first, then every stream of the source that the container can hold.
 *
 * @throws HeatboxError `OUTPUT_…`
 */
export function openMuxer(options: MuxerOptions): Muxer {
  const { input, output, videoTimeBase, shift, chapters, early, warn } = options;
  const format = new FormatContext();
  check(
    format.allocOutputContext2(null, output.format, output.path),
    `make ${containerName(output.format)}`,
    'OUTPUT_FORMAT',
  );
  const writeFailed = (code: number, operation: string) =>
    check(code, operation, 'OUTPUT_WRITE', { hint: 'Check the free space and the permissions of the output folder.' });
  let carriers = new Map<number, Carrier>();
  const close = () => {
    for (const carrier of carriers.values()) carrier.close?.();
    format.closeOutputSync();
    format.freeContext();
  };

  const keepRising = risingTimes();
  let lastPts = 0n;

  function place(packet: Packet, stream: Stream, from: Ratio): void {
    const offset = avRescaleQ(shift, videoTimeBase, from);
    if (packet.pts !== AV_NOPTS_VALUE) packet.pts += offset;
    if (packet.dts !== AV_NOPTS_VALUE) packet.dts += offset;
    packet.rescaleTs(from, stream.timeBase);
    packet.streamIndex = stream.index;
  }

  function writeVideo(packet: Packet): void {
    place(packet, video, videoTimeBase);
    if (packet.pts > lastPts) lastPts = packet.pts;
    writeFailed(format.interleavedWriteFrameSync(packet), `write ${output.path}`);
  }

  /** Packets of the source may be damaged or out of order, which no muxer takes. */
  function writeCarried(packet: Packet, stream: Stream, from: Ratio): void {
    place(packet, stream, from);
    keepRising(packet);
    const code = format.interleavedWriteFrameSync(packet);
    if (code === AVERROR_INVALIDDATA)
      warn('PACKET_DAMAGED', `the source has damaged data of other streams; what cannot be written is left out`);
    else writeFailed(code, `write ${output.path}`);
  }

  const video = format.newStream();
  try {
    describeVideo(video, options);
    const streams = input.format.streams.filter(({ index }) => index !== input.video.index);
    carriers = addCarriers({ streams, output: format, format: output.format, early, send: writeCarried, warn });
    format.metadata = carriedTags(input.format.metadata);
    writeFailed(format.openOutputSync(), `open ${output.path}`);
    // The chapter list goes into an index at the end of the file, so the index is moved to the front only without one.
    if (isMp4(output) && chapters.length === 0) format.setOption('movflags', '+faststart');
    writeFailed(format.writeHeaderSync(), `start ${output.path}`);
    return {
      writeVideo,
      carry: (packet) => carriers.get(packet.streamIndex)?.write(packet),
      finish() {
        // The stream goes with the file.
        const until = seconds(lastPts, video.timeBase);
        try {
          for (const carrier of carriers.values()) carrier.flush?.();
          writeFailed(format.writeTrailerSync(), `finish ${output.path}`);
        } finally {
          close();
        }
        addChapters({ ...options, until });
        return statSync(output.path).size;
      },
      abandon: close,
    };
  } catch (error) {
    close();
    if (error instanceof HeatboxError) throw error;
    throw new HeatboxError('OUTPUT_WRITE', `could not start ${output.path}`, { cause: error });
  }
}

/** @returns moves a packet, placed in its stream of the output, behind the one before it. */
function risingTimes(): (packet: Packet) => void {
  const latest = new Map<number, bigint>();
  return (packet) => {
    if (packet.dts === AV_NOPTS_VALUE) return;
    const last = latest.get(packet.streamIndex);
    if (last !== undefined && packet.dts <= last) {
      packet.dts = last + 1n;
      if (packet.pts !== AV_NOPTS_VALUE && packet.pts < packet.dts) packet.pts = packet.dts;
    }
    latest.set(packet.streamIndex, packet.dts);
  };
}

function describeVideo(video: Stream, { input, output, encoder, videoTimeBase, hdr }: MuxerOptions): void {
  check(video.codecpar.fromContext(encoder), 'describe the video');
  video.timeBase = { ...videoTimeBase } as Stream['timeBase'];
  video.avgFrameRate = encoder.framerate;
  video.sampleAspectRatio = encoder.sampleAspectRatio;
  video.disposition = input.video.disposition;
  video.metadata = carriedStreamTags(input.video.metadata, true, output.format);
  addHdrMetadata(video.codecpar, hdr);
  if (encoder.codecTag === 0 && isMp4(output))
    video.codecpar.codecTag = avGetCodecName(encoder.codecId) === 'hevc' ? 'hvc1' : 0;
}

/**
 * Adds the chapters of the part that was annotated to the finished file.
 *
 * @param until - When its last frame is shown, seconds.
 */
function addChapters({
  output,
  chapters,
  shift,
  videoTimeBase,
  warn,
  until,
}: MuxerOptions & { readonly until: number }): void {
  const moved = seconds(shift, videoTimeBase);
  const kept = chapters
    .map(({ start, end, title }) => ({ start: Math.max(0, start + moved), end: end + moved, title }))
    .filter(({ start, end }) => end > 0 && start <= until);
  if (kept.length === 0) return;
  const mp4 = isMp4(output);
  if (mp4 && kept.length > MP4_CHAPTERS) {
    const name = containerName(output.format);
    warn('CHAPTERS_DROPPED', `${name} can hold the first ${MP4_CHAPTERS} of ${kept.length} chapters`);
  }
  const write = mp4 ? writeMp4Chapters : writeMatroskaChapters;
  if (!write(output.path, kept)) warn('CHAPTERS_DROPPED', `${kept.length} chapters could not be added to the file`);
}

function isMp4({ format }: OutputOptions): boolean {
  return format === 'mp4' || format === 'mov';
}
