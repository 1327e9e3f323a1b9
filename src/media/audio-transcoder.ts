import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_ID_AAC,
  AV_SAMPLE_FMT_FLTP,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVERROR_INVALIDDATA,
} from 'node-av/constants';
import {
  avChannelLayoutDescribe,
  avGetSampleFmtName,
  Codec,
  CodecContext,
  Filter,
  type FilterContext,
  FilterGraph,
  Frame,
  Packet,
  type Stream,
} from 'node-av/lib';
import { check } from './av.ts';
import { linkChain } from './filter-chain.ts';

export interface AudioTranscoder {
  /** The encoder: its parameters describe the output stream. */
  readonly context: CodecContext;
  /** Null flushes. Packets are in `1 / sampleRate`. */
  transcode(packet: Packet | null, write: (packet: Packet) => void): void;
  close(): void;
}

const AAC_RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000];
const AAC_FRAME = 1024;

/** Decodes sound and encodes it as AAC, at the source's sample rate where AAC has it, else at the next higher one. */
export function openAudioTranscoder(stream: Stream, globalHeader: boolean): AudioTranscoder {
  const decoder = new CodecContext();
  const decoderCodec = Codec.findDecoder(stream.codecpar.codecId);
  decoder.allocContext3(decoderCodec);
  check(decoder.parametersToContext(stream.codecpar), 'set up the sound decoder');
  decoder.pktTimebase = stream.timeBase;
  check(decoder.open2Sync(decoderCodec), 'open the sound decoder');

  const sampleRate = AAC_RATES.find((rate) => rate >= stream.codecpar.sampleRate) ?? 96000;
  const encoderCodec = Codec.findEncoder(AV_CODEC_ID_AAC);
  const encoder = new CodecContext();
  encoder.allocContext3(encoderCodec);
  encoder.sampleFormat = AV_SAMPLE_FMT_FLTP;
  encoder.sampleRate = sampleRate;
  encoder.channelLayout = stream.codecpar.channelLayout;
  encoder.bitRate = BigInt(64_000 * Math.max(1, stream.codecpar.channels));
  encoder.timeBase = { num: 1, den: sampleRate } as CodecContext['timeBase'];
  if (globalHeader) encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  check(encoder.open2Sync(encoderCodec), 'open the AAC encoder');

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
    transcode(packet, write) {
      const sent = decoder.sendPacketSync(packet);
      if (sent !== AVERROR_INVALIDDATA && sent !== AVERROR_EOF) check(sent, 'decode sound');
      for (;;) {
        const code = decoder.receiveFrameSync(frame);
        if (code === AVERROR_EAGAIN || code === AVERROR_EOF || code === AVERROR_INVALIDDATA) break;
        check(code, 'decode sound');
        graph ??= openSoundGraph(frame, stream, sampleRate);
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

interface SoundGraph {
  push(frame: Frame | null): void;
  pull(frame: Frame): boolean;
  close(): void;
}

function openSoundGraph(first: Frame, stream: Stream, sampleRate: number): SoundGraph {
  const graph = new FilterGraph();
  graph.alloc();
  const layout = avChannelLayoutDescribe(first.channelLayout) ?? `${first.channels}c`;
  const { num, den } = stream.timeBase;
  const format = avGetSampleFmtName(first.format as never);
  const source = graph.createFilter(
    Filter.getByName('abuffer')!,
    'in',
    `time_base=${num}/${den}:sample_rate=${first.sampleRate}:sample_fmt=${format}:channel_layout=${layout}`,
  ) as FilterContext;
  const target = avChannelLayoutDescribe(stream.codecpar.channelLayout) ?? layout;
  const filters = [
    `aresample=${sampleRate}`,
    `aformat=sample_fmts=fltp:sample_rates=${sampleRate}:channel_layouts=${target}`,
    `asettb=1/${sampleRate}`,
    `asetnsamples=n=${AAC_FRAME}:p=0`,
  ];
  const sink = linkChain(graph, source, filters, 'abuffersink');
  return {
    push: (frame) => check(source.buffersrcAddFrameSync(frame), 'filter sound'),
    pull: (frame) => sink.buffersinkGetFrameSync(frame) >= 0,
    close: () => graph.free(),
  };
}
