import { statSync } from 'node:fs';
import {
  AV_CODEC_ID_MOV_TEXT,
  AV_CODEC_ID_SUBRIP,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_CONTENT_LIGHT_LEVEL,
  AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
  type AVCodecID,
  AVMEDIA_TYPE_SUBTITLE,
} from 'node-av/constants';
import {
  avGetCodecName,
  avRescaleQ,
  type CodecContext,
  Dictionary,
  FormatContext,
  Packet,
  type Stream,
} from 'node-av/lib';
import { HeatboxError } from '../error.ts';
import { type AudioTranscoder, openAudioTranscoder } from './audio-transcoder.ts';
import { check, type Ratio, seconds } from './av.ts';
import { carriageOf } from './carried-streams.ts';
import { writeMp4Chapters } from './chapters.ts';
import { streamKind } from './describe-source.ts';
import type { OpenedInput } from './open-input.ts';
import type { Chapter, OutputOptions } from './protocol.ts';
import { cueText, movTextDescription, movTextSample } from './text-subtitles.ts';

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

export interface MuxerOptions {
  readonly input: OpenedInput;
  readonly output: OutputOptions;
  readonly encoder: CodecContext;
  readonly videoTimeBase: Ratio;
  /** Added to every timestamp, in the video's ticks. */
  readonly shift: bigint;
  readonly chapters: readonly Chapter[];
  readonly warn: (code: string, message: string) => void;
}

/** What is done with the packets of one carried stream. */
interface Carrier {
  write(packet: Packet): void;
  flush?(): void;
  close?(): void;
}

const DROPPED_METADATA = new Set(['major_brand', 'minor_version', 'compatible_brands', 'encoder']);

/**
 * Opens the output: the annotated video first, then every stream of the source that the container can hold.
 *
 * @throws HeatboxError `OUTPUT_…`
 */
export function openMuxer({ input, output, encoder, videoTimeBase, shift, chapters, warn }: MuxerOptions): Muxer {
  const mp4 = output.format === 'mp4' || output.format === 'mov';
  const format = new FormatContext();
  check(format.allocOutputContext2(null, output.format, output.path), `make a ${output.format} file`, 'OUTPUT_FORMAT');
  const writeFailed = (code: number, operation: string) =>
    check(code, operation, 'OUTPUT_WRITE', { hint: 'Check the free space and the permissions of the output folder.' });
  const carriers = new Map<number, Carrier>();
  const close = () => {
    for (const carrier of carriers.values()) carrier.close?.();
    format.closeOutputSync();
    format.freeContext();
  };

  function send(packet: Packet, stream: Stream, from: Ratio): void {
    const offset = avRescaleQ(shift, videoTimeBase, from);
    if (packet.pts !== AV_NOPTS_VALUE) packet.pts += offset;
    if (packet.dts !== AV_NOPTS_VALUE) packet.dts += offset;
    packet.rescaleTs(from, stream.timeBase);
    packet.streamIndex = stream.index;
    writeFailed(format.interleavedWriteFrameSync(packet), `write ${output.path}`);
  }

  function addCarrier(source: Stream): void {
    const carriage = carriageOf(source, output.format);
    const name = avGetCodecName(source.codecpar.codecId) ?? 'unknown';
    const what = `stream ${source.index} (${streamKind(source)}, ${name})`;
    if (carriage.action === 'drop') {
      warn('STREAM_DROPPED', `${what} is left out: ${carriage.why}`);
      return;
    }
    const stream = format.newStream();
    stream.timeBase = source.timeBase;
    stream.disposition = source.disposition;
    stream.metadata = source.metadata;
    const scratch = new Packet();
    scratch.alloc();
    if (carriage.action === 'to-aac') {
      const transcoder: AudioTranscoder = openAudioTranscoder(source, true);
      check(stream.codecpar.fromContext(transcoder.context), 'describe the sound');
      stream.timeBase = transcoder.context.timeBase;
      warn('STREAM_CONVERTED', `${what} becomes AAC: a ${output.format} file cannot hold it`);
      const write = (packet: Packet) => send(packet, stream, transcoder.context.timeBase);
      carriers.set(source.index, {
        write: (packet) => transcoder.transcode(packet, write),
        flush: () => transcoder.transcode(null, write),
        close: () => transcoder.close(),
      });
      return;
    }
    if (carriage.action === 'copy') {
      check(source.codecpar.copy(stream.codecpar), 'describe a copied stream');
      // Another container's tag would be refused ("Tag incompatible"); zero lets the muxer choose its own.
      stream.codecpar.codecTag = 0;
      carriers.set(source.index, { write: (packet) => send(packet, stream, source.timeBase) });
      return;
    }
    const toMovText = carriage.action === 'to-mov-text';
    stream.codecpar.codecType = AVMEDIA_TYPE_SUBTITLE;
    stream.codecpar.codecId = (toMovText ? AV_CODEC_ID_MOV_TEXT : AV_CODEC_ID_SUBRIP) as AVCodecID;
    if (toMovText) stream.codecpar.extradata = movTextDescription();
    if (toMovText) warn('STREAM_CONVERTED', `${what} becomes mov_text: a ${output.format} file cannot hold it`);
    carriers.set(source.index, {
      write(packet) {
        const text = cueText(name, packet.data ?? Buffer.alloc(0));
        if (text === '') return;
        const data = toMovText ? movTextSample(text) : Buffer.from(text, 'utf8');
        scratch.data = data;
        scratch.pts = packet.pts;
        scratch.dts = packet.dts === AV_NOPTS_VALUE ? packet.pts : packet.dts;
        scratch.duration = packet.duration;
        send(scratch, stream, source.timeBase);
        scratch.unref();
      },
      close: () => scratch.free(),
    });
  }

  const video = format.newStream();
  try {
    check(video.codecpar.fromContext(encoder), 'describe the video');
    video.timeBase = { ...videoTimeBase } as Stream['timeBase'];
    video.avgFrameRate = encoder.framerate;
    video.sampleAspectRatio = encoder.sampleAspectRatio;
    video.disposition = input.video.disposition;
    video.metadata = withoutKeys(input.video.metadata, new Set(['encoder', 'rotate', 'handler_name', 'vendor_id']));
    for (const type of [AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_CONTENT_LIGHT_LEVEL]) {
      const data = input.video.codecpar.getCodedSideData(type);
      if (data !== null) video.codecpar.addCodedSideData(type, Buffer.from(data));
    }
    if (encoder.codecTag === 0 && mp4)
      video.codecpar.codecTag = avGetCodecName(encoder.codecId) === 'hevc' ? 'hvc1' : 0;
    for (const stream of input.format.streams) if (stream.index !== input.video.index) addCarrier(stream);
    format.metadata = withoutKeys(input.format.metadata, DROPPED_METADATA);
    writeFailed(format.openOutputSync(), `open ${output.path}`);
    const carriesChapters = chapters.length > 0 && mp4;
    if (chapters.length > 0 && !mp4)
      warn('CHAPTERS_DROPPED', `${chapters.length} chapters are left out: only MP4 and MOV outputs carry them`);
    // The chapter list goes into an index at the end of the file, so the index is moved to the front only without one.
    if (mp4 && !carriesChapters) format.setOption('movflags', '+faststart');
    writeFailed(format.writeHeaderSync(), `start ${output.path}`);
    return {
      writeVideo: (packet) => send(packet, video, videoTimeBase),
      carry: (packet) => carriers.get(packet.streamIndex)?.write(packet),
      finish() {
        try {
          for (const carrier of carriers.values()) carrier.flush?.();
          writeFailed(format.writeTrailerSync(), `finish ${output.path}`);
        } finally {
          close();
        }
        if (carriesChapters && !writeMp4Chapters(output.path, chapters, seconds(shift, videoTimeBase))) {
          warn('CHAPTERS_DROPPED', `${chapters.length} chapters could not be added to the file`);
        }
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

function withoutKeys(metadata: Dictionary | null, dropped: ReadonlySet<string>): Dictionary {
  const kept = Object.entries(metadata?.getAll() ?? {}).filter(([key]) => !dropped.has(key));
  return Dictionary.fromObject(Object.fromEntries(kept));
}
