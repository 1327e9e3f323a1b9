import {
  AV_CODEC_ID_MOV_TEXT,
  AV_CODEC_ID_SUBRIP,
  AV_CODEC_ID_WEBVTT,
  AV_DISPOSITION_ATTACHED_PIC,
  AV_NOPTS_VALUE,
  AVDISCARD_ALL,
  AVMEDIA_TYPE_ATTACHMENT,
  AVMEDIA_TYPE_SUBTITLE,
} from 'node-av/constants';
import { avGetCodecName, Dictionary, type FormatContext, Packet, type Stream } from 'node-av/lib';
import { check, type Ratio, ratioOf } from '../frames/av.ts';
import { streamKind } from '../input/describe-source.ts';
import type { Warn } from '../warn-once.ts';
import { type AudioTranscoder, layoutOf, openAudioTranscoder } from './audio-transcoder.ts';
import { carriedStreamTags } from './carried-metadata.ts';
import { carriageOf, containerName } from './carried-streams.ts';
import { convertCue, movTextDescription } from './text-subtitles.ts';

/** What is done with the packets of one stream of the source beside its video. */
export interface Carrier {
  write(packet: Packet): void;
  flush?(): void;
  close?(): void;
}

interface CarriersOptions {
  readonly streams: readonly Stream[];
  /** The output, not yet begun: each carried stream is added to it. */
  readonly output: FormatContext;
  /** FFmpeg's name of its container. */
  readonly format: string;
  /** What was read of the source so far. */
  readonly early: readonly Packet[];
  /** Writes a packet, whose times are in `from`, to a stream of the output. */
  readonly send: (packet: Packet, stream: Stream, from: Ratio) => void;
  readonly warn: Warn;
}

const TEXT_CODECS = { mov_text: AV_CODEC_ID_MOV_TEXT, subrip: AV_CODEC_ID_SUBRIP, webvtt: AV_CODEC_ID_WEBVTT };

/**
 * Adds the streams that come along to the output, each that does not come as it is with one warning.
 *
 * @returns the carriers by the source's stream indices; streams that are left out have none.
 */
export function addCarriers(options: CarriersOptions): Map<number, Carrier> {
  const carriers = new Map<number, Carrier>();
  for (const source of options.streams) {
    // The track an MP4 keeps its chapters in; they are carried in another way.
    if (streamKind(source) === 'data' && source.discard === AVDISCARD_ALL) continue;
    const carrier = carrierOf(source, options);
    if (carrier !== undefined) carriers.set(source.index, carrier);
  }
  return carriers;
}

function carrierOf(source: Stream, options: CarriersOptions): Carrier | undefined {
  const { format, send, warn } = options;
  const codec = avGetCodecName(source.codecpar.codecId) ?? 'unknown';
  const type = streamKind(source);
  const what = `stream ${source.index} (${type}, ${codec})`;
  const cover = source.hasDisposition(AV_DISPOSITION_ATTACHED_PIC);
  const carriage = carriageOf({ type, codec, cover }, format);
  if (carriage.action === 'drop') {
    warn('STREAM_DROPPED', `${what} is left out: ${carriage.why}`);
    return undefined;
  }
  if (carriage.action === 'copy' && cover) return pictured(source, addStream(source, false, options), options);
  if (carriage.action === 'copy') return copied(source, addStream(source, false, options), send);
  const { to } = carriage;
  if (to !== 'aac' && to !== 'opus') {
    warn('STREAM_CONVERTED', `${what} becomes ${to}: ${containerName(format)} cannot hold it`);
    return retold(source, addStream(source, true, options), codec, to, send);
  }
  try {
    const transcoder = openAudioTranscoder(source, to, () =>
      warn('PACKET_DAMAGED', `${what} has damaged data; parts of the sound are missing`),
    );
    warn('STREAM_CONVERTED', `${what} becomes ${to}: ${containerName(format)} cannot hold it`);
    return transcoded(transcoder, addStream(source, true, options), send);
  } catch (error) {
    warn('STREAM_DROPPED', `${what} is left out: ${(error as Error).message}`);
    return undefined;
  }
}

function addStream(source: Stream, made: boolean, { output, format }: CarriersOptions): Stream {
  const stream = output.newStream();
  stream.timeBase = source.timeBase;
  stream.disposition = source.disposition;
  stream.metadata = carriedStreamTags(source.metadata, made, format);
  return stream;
}

/**
 * A cover picture: in Matroska an attachment, which comes before all else, else a stream of one packet without a time.
 * The stream's own copy is out of bounds: node-av frees it.
 */
function pictured(source: Stream, stream: Stream, { format, early, send }: CarriersOptions): Carrier {
  const { write } = copied(source, stream, send);
  if (format !== 'matroska') {
    return {
      write(packet) {
        packet.pts = 0n;
        packet.dts = 0n;
        write(packet);
      },
    };
  }
  const type = avGetCodecName(source.codecpar.codecId) === 'png' ? 'png' : 'jpeg';
  const tags = { filename: `cover.${type}`, mimetype: `image/${type}`, ...stream.metadata?.getAll() };
  stream.codecpar.codecType = AVMEDIA_TYPE_ATTACHMENT;
  stream.codecpar.extradata = early.find(({ streamIndex }) => streamIndex === source.index)?.data ?? null;
  stream.metadata = Dictionary.fromObject(tags);
  return { write: () => {} };
}

function copied(source: Stream, stream: Stream, send: CarriersOptions['send']): Carrier {
  const timeBase = ratioOf(source.timeBase);
  check(source.codecpar.copy(stream.codecpar), 'describe a copied stream');
  // Another container's tag would be refused ("Tag incompatible"); zero lets the muxer choose its own.
  stream.codecpar.codecTag = 0;
  // MP4 stores no PCM without its channels' names.
  if (streamKind(source) === 'audio') stream.codecpar.channelLayout = layoutOf(source.codecpar.channelLayout);
  return { write: (packet) => send(packet, stream, timeBase) };
}

function transcoded(transcoder: AudioTranscoder, stream: Stream, send: CarriersOptions['send']): Carrier {
  const { context, timeBase } = transcoder;
  check(stream.codecpar.fromContext(context), 'describe the sound');
  stream.timeBase = { ...timeBase } as Stream['timeBase'];
  const write = (packet: Packet) => send(packet, stream, timeBase);
  return {
    write: (packet) => transcoder.transcode(packet, write),
    flush: () => transcoder.transcode(null, write),
    close: () => transcoder.close(),
  };
}

function retold(
  source: Stream,
  stream: Stream,
  from: string,
  to: keyof typeof TEXT_CODECS,
  send: CarriersOptions['send'],
): Carrier {
  const timeBase = ratioOf(source.timeBase);
  stream.codecpar.codecType = AVMEDIA_TYPE_SUBTITLE;
  stream.codecpar.codecId = TEXT_CODECS[to];
  if (to === 'mov_text') stream.codecpar.extradata = movTextDescription();
  const cue = new Packet();
  cue.alloc();
  return {
    write(packet) {
      const data = convertCue(from, to, packet.data ?? Buffer.alloc(0));
      if (data === undefined) return;
      cue.data = data;
      cue.pts = packet.pts;
      cue.dts = packet.dts === AV_NOPTS_VALUE ? packet.pts : packet.dts;
      cue.duration = packet.duration;
      send(cue, stream, timeBase);
      cue.unref();
    },
    close: () => cue.free(),
  };
}
