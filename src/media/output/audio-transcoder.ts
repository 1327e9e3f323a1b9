import type { AVSampleFormat, FFEncoderCodec } from 'node-av/constants';
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVERROR_INVALIDDATA,
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

/**
 * Decodes sound and encodes it, at the source's sample rate where the codec has it, else at its next higher one.
 *
 * @throws HeatboxError `FFMPEG` where FFmpeg has no decoder for it or the encoder does not take it.
 */
export function openAudioTranscoder(stream: Stream, to: 'aac' | 'opus'): AudioTranscoder {
  const { decoder, encoder, timeBase, target } = openCodecs(stream, to);
  const frame = new Frame();
  frame.alloc();
  const encoded = new Packet();
  encoded.alloc();
  let graph: SoundGraph | undefined;

  function drainEncoder(write: (packet: Packet) => void): void {
    for (;;) {
      const code = encoder.receivePacketSync(encoded);
      if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return;
      check(code, 'encode sound');
      write(encoded);
      encoded.unref();
    }
  }

  function drainGraph(write: (packet: Packet) => void): void {
    while (graph!.pull(frame)) {
      check(encoder.sendFrameSync(frame), 'encode sound');
      frame.unref();
      drainEncoder(write);
    }
  }

  return {
    context: encoder,
    timeBase,
    transcode(packet, write) {
      const sent = decoder.sendPacketSync(packet);
      if (sent !== AVERROR_INVALIDDATA && sent !== AVERROR_EOF) check(sent, 'decode sound');
      for (;;) {
        const code = decoder.receiveFrameSync(frame);
        if (code === AVERROR_EAGAIN || code === AVERROR_EOF || code === AVERROR_INVALIDDATA) break;
        check(code, 'decode sound');
        graph ??= openSoundGraph(frame, stream.timeBase, target);
        graph.push(frame);
        frame.unref();
        drainGraph(write);
      }
      if (packet !== null) return;
      if (graph !== undefined) {
        graph.push(null);
        drainGraph(write);
      }
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
  return {
    push: (frame) => check(source.buffersrcAddFrameSync(frame), 'filter sound'),
    pull: (frame) => sink.buffersinkGetFrameSync(frame) >= 0,
    close: () => graph.free(),
  };
}
