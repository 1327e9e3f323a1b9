import type { AVSampleFormat, FFEncoderCodec } from 'node-av/constants';
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  FF_ENCODER_AAC,
  FF_ENCODER_LIBOPUS,
} from 'node-av/constants';
import {
  avChannelLayoutDefault,
  avChannelLayoutDescribe,
  avGetSampleFmtName,
  type ChannelLayout,
  Codec,
  CodecContext,
  Filter,
  type FilterContext,
  FilterGraph,
  Frame,
  Packet,
  type Stream,
} from 'node-av/lib';
import { HeatboxError } from '../../error.ts';
import { check, type Ratio } from '../frames/av.ts';
import { decoderResult } from '../frames/decoder-result.ts';
import { linkChain } from '../frames/filter-chain.ts';

export interface AudioTranscoder {
  /** The encoder: its parameters describe the output stream. */
  readonly context: CodecContext;
  /** Of the packets. */
  readonly timeBase: Ratio;
  /** Null flushes. */
  transcode(packet: Packet | null, write: (packet: Packet) => void): void;
  close(): void;
}

interface SoundEncoder {
  readonly name: FFEncoderCodec;
  readonly sampleFormat: AVSampleFormat;
  /** Rising. */
  readonly rates: readonly number[];
}

const ENCODERS: Readonly<Record<'aac' | 'opus', SoundEncoder>> = {
  aac: {
    name: FF_ENCODER_AAC,
    sampleFormat: AV_SAMPLE_FMT_FLTP,
    rates: [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000],
  },
  opus: { name: FF_ENCODER_LIBOPUS, sampleFormat: AV_SAMPLE_FMT_FLT, rates: [48000] },
};
const BITS_PER_SECOND_AND_CHANNEL = 64_000;

/** A decoder that fails so often on one packet would do so for ever. */
const MOST_FAILURES = 100;

/**
 * Decodes sound and encodes it, at the source's sample rate where the codec has it, else at its next higher one.
 *
 * One function of more than a page: decoder, filter and encoder hand frames to one another, and are freed together.
 *
 * @param onDamage - Called for each part that cannot be decoded; what follows it is.
 * @throws HeatboxError `FFMPEG` where FFmpeg has no decoder for it or the encoder does not take it.
 */
export function openAudioTranscoder(stream: Stream, to: 'aac' | 'opus', onDamage: () => void): AudioTranscoder {
  const { decoder, encoder, timeBase, target } = openCodecs(stream, to);
  const frame = new Frame();
  frame.alloc();
  const encoded = new Packet();
  encoded.alloc();
  let graph: SoundGraph | undefined;

  /** @returns false when the decoder needs another packet. */
  function receive(): boolean {
    for (let failures = 0; failures < MOST_FAILURES; failures++) {
      const result = decoderResult(decoder.receiveFrameSync(frame));
      if (result !== 'damaged') return result === 'done';
      onDamage();
    }
    return false;
  }

  /** A damaged packet, or a broadcast, may change the number of channels or the sample rate. */
  function graphFor(write: (packet: Packet) => void): SoundGraph {
    if (graph?.takes(frame)) return graph;
    endGraph(false, write);
    graph = openSoundGraph(frame, stream.timeBase, target);
    return graph;
  }

  /** @param isLast - Else what does not fill a packet is dropped: encoders take a short one only at the very end. */
  function endGraph(isLast: boolean, write: (packet: Packet) => void): void {
    if (graph === undefined) return;
    const rest = new Frame();
    rest.alloc();
    graph.push(null);
    drainGraph(graph, rest, write, isLast ? 0 : target.frameSize);
    rest.free();
    graph.close();
    graph = undefined;
  }

  function drainEncoder(write: (packet: Packet) => void): void {
    for (;;) {
      const code = encoder.receivePacketSync(encoded);
      if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return;
      check(code, 'encode sound');
      write(encoded);
      encoded.unref();
    }
  }

  function drainGraph(from: SoundGraph, into: Frame, write: (packet: Packet) => void, least = 0): void {
    while (from.pull(into)) {
      if (into.nbSamples >= least) check(encoder.sendFrameSync(into), 'encode sound');
      into.unref();
      drainEncoder(write);
    }
  }

  return {
    context: encoder,
    timeBase,
    transcode(packet, write) {
      if (decoderResult(decoder.sendPacketSync(packet)) === 'damaged') onDamage();
      while (receive()) {
        const filters = graphFor(write);
        filters.push(frame);
        frame.unref();
        drainGraph(filters, frame, write);
      }
      if (packet !== null) return;
      endGraph(true, write);
      const flushed = encoder.sendFrameSync(null);
      if (flushed !== AVERROR_EOF) check(flushed, 'finish the sound');
      drainEncoder(write);
    },
    close() {
      graph?.close();
      frame.free();
      encoded.free();
      decoder.freeContext();
      encoder.freeContext();
    },
  };
}

/** Opens both ends: the decoder of a stream, and an encoder for what the filters are to make of its sound. */
function openCodecs(stream: Stream, to: 'aac' | 'opus') {
  const decoderCodec = Codec.findDecoder(stream.codecpar.codecId);
  const encoderCodec = Codec.findEncoderByName(ENCODERS[to].name);
  if (decoderCodec === null) throw new HeatboxError('FFMPEG', 'FFmpeg has no decoder for it');
  if (encoderCodec === null) throw new HeatboxError('FFMPEG', `this build of FFmpeg has no ${to} encoder`);
  const { rates, sampleFormat } = ENCODERS[to];
  const sampleRate = rates.find((rate) => rate >= stream.codecpar.sampleRate) ?? rates.at(-1)!;
  const timeBase = { num: 1, den: sampleRate };
  const layout = layoutOf(stream.codecpar.channelLayout);
  const decoder = new CodecContext();
  const encoder = new CodecContext();
  try {
    decoder.allocContext3(decoderCodec);
    check(decoder.parametersToContext(stream.codecpar), 'set up the sound decoder');
    decoder.pktTimebase = stream.timeBase;
    check(decoder.open2Sync(decoderCodec), 'open the sound decoder');
    encoder.allocContext3(encoderCodec);
    encoder.sampleFormat = sampleFormat;
    encoder.sampleRate = sampleRate;
    encoder.channelLayout = layout;
    encoder.bitRate = BigInt(BITS_PER_SECOND_AND_CHANNEL * layout.nbChannels);
    encoder.timeBase = { ...timeBase } as CodecContext['timeBase'];
    encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
    check(encoder.open2Sync(encoderCodec), `open the ${to} encoder`);
  } catch (error) {
    decoder.freeContext();
    encoder.freeContext();
    throw error;
  }
  const target: SoundTarget = { sampleRate, sampleFormat, layout, frameSize: encoder.frameSize };
  return { decoder, encoder, timeBase, target };
}

/** Which channels there are: AVI, WAV and Matroska may only say how many. */
export function layoutOf(layout: ChannelLayout): ChannelLayout {
  return layout.mask === 0n ? avChannelLayoutDefault(layout.nbChannels) : layout;
}

interface SoundGraph {
  /** Whether a frame has the sample rate, format and channels that the graph was made for. */
  takes(frame: Frame): boolean;
  push(frame: Frame | null): void;
  pull(frame: Frame): boolean;
  close(): void;
}

interface SoundTarget {
  readonly sampleRate: number;
  readonly sampleFormat: AVSampleFormat;
  readonly layout: ChannelLayout;
  /** Samples an encoder's packet takes; 0 where it takes any number. */
  readonly frameSize: number;
}

function openSoundGraph(first: Frame, timeBase: Ratio, target: SoundTarget): SoundGraph {
  const graph = new FilterGraph();
  graph.alloc();
  const format = avGetSampleFmtName(first.format as AVSampleFormat);
  const layout = avChannelLayoutDescribe(layoutOf(first.channelLayout));
  const source = graph.createFilter(
    Filter.getByName('abuffer')!,
    'in',
    `time_base=${timeBase.num}/${timeBase.den}:sample_rate=${first.sampleRate}:sample_fmt=${format}:channel_layout=${layout}`,
  ) as FilterContext;
  const { sampleRate, frameSize } = target;
  const formats = `sample_fmts=${avGetSampleFmtName(target.sampleFormat)}:sample_rates=${sampleRate}`;
  const filters = [
    `aresample=${sampleRate}`,
    `aformat=${formats}:channel_layouts=${avChannelLayoutDescribe(target.layout)}`,
    `asettb=1/${sampleRate}`,
    ...(frameSize > 0 ? [`asetnsamples=n=${frameSize}:p=0`] : []),
  ];
  const sink = linkChain(graph, source, filters, 'abuffersink');
  const { sampleRate: rate, format: sampleFormat } = first;
  return {
    takes: (frame) =>
      frame.sampleRate === rate &&
      frame.format === sampleFormat &&
      avChannelLayoutDescribe(layoutOf(frame.channelLayout)) === layout,
    push: (frame) => check(source.buffersrcAddFrameSync(frame), 'filter sound'),
    pull: (frame) => sink.buffersinkGetFrameSync(frame) >= 0,
    close: () => graph.free(),
  };
}
