import type { FFHWDeviceType } from 'node-av/constants';
import {
  AV_CODEC_FLAG_OUTPUT_CORRUPT,
  AV_CODEC_FLAG2_EXPORT_MVS,
  AV_CODEC_ID_HEVC,
  AV_NOPTS_VALUE,
  AV_PKT_FLAG_KEY,
  FF_THREAD_SLICE,
} from 'node-av/constants';
import {
  avGetHardwareDeviceTypeFromName,
  Codec,
  CodecContext,
  Frame,
  HardwareDeviceContext,
  type Packet,
  type Stream,
} from 'node-av/lib';
import { HeatboxError } from '../../error.ts';
import { check } from '../frames/av.ts';
import { decoderResult } from '../frames/decoder-result.ts';
import type { OpenOptions } from '../protocol.ts';

interface VideoDecoder {
  /** Null flushes. @returns false when the packet was damaged and nothing of it can be decoded. */
  send(packet: Packet | null): boolean;
  /**
   * @returns the next frame, in system memory, the caller's to free; or null when a packet is needed, `damaged` for one that
   * cannot be decoded, `end` after a flush.
   */
  receive(): Frame | null | 'damaged' | 'end';
  close(): void;
}

interface DecoderOptions extends Pick<OpenOptions, 'threads' | 'hwaccel' | 'vectors'> {
  /** Slice threads alone: frame threads hold back as many frames as there are threads. */
  readonly prompt?: boolean;
}

/** A decoder that fails so often without a new packet would do so for ever. */
const MOST_FAILURES = 100;

/**
 * A software or hardware decoder with FFmpeg's frame and slice threads.
 *
 * @throws HeatboxError `DECODER_MISSING`, `HWACCEL_UNAVAILABLE`, or `FFMPEG` where it cannot be opened.
 */
export function openVideoDecoder(
  stream: Stream,
  { threads = 0, hwaccel, vectors = false, prompt = false }: DecoderOptions,
): VideoDecoder {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (codec === null) {
    throw new HeatboxError('DECODER_MISSING', `no decoder for codec id ${stream.codecpar.codecId}`, { kind: 'usage' });
  }
  const context = new CodecContext();
  context.allocContext3(codec);
  check(context.parametersToContext(stream.codecpar), 'set up the decoder');
  context.pktTimebase = stream.timeBase;
  context.threadCount = threads;
  if (vectors) context.setFlags2(AV_CODEC_FLAG2_EXPORT_MVS);
  if (prompt) context.threadType = FF_THREAD_SLICE;
  const device = hwaccel === undefined ? undefined : openDevice(hwaccel, codec, context);
  try {
    check(context.open2Sync(codec), `open the decoder ${codec.name}`);
  } catch (error) {
    context.freeContext();
    throw error;
  }
  /** Of H.265 alone FFmpeg 8 keeps frames back that build on missing ones. That is right before the first keyframe only. */
  const withholds = stream.codecpar.codecId === AV_CODEC_ID_HEVC;
  let failures = 0;
  let flushing = false;
  let isFirst = true;

  function begin(isWhole: boolean): void {
    if (withholds && isWhole) context.setFlags(AV_CODEC_FLAG_OUTPUT_CORRUPT);
  }

  return {
    send(packet) {
      failures = 0;
      flushing = packet === null;
      if (isFirst) begin(packet !== null && (packet.flags & AV_PKT_FLAG_KEY) !== 0);
      isFirst = false;
      return decoderResult(context.sendPacketSync(packet)) !== 'damaged';
    },
    receive() {
      const frame = new Frame();
      frame.alloc();
      const result = decoderResult(context.receiveFrameSync(frame));
      if (result === 'done') {
        begin(true);
        return frame.isHwFrame() ? download(frame) : frame;
      }
      frame.free();
      if (result === 'again') return null;
      if (result === 'damaged' && ++failures > MOST_FAILURES) return flushing ? 'end' : null;
      return result;
    },
    close() {
      context.freeContext();
      device?.free();
    },
  };
}

/** The frame's time in ticks: what FFmpeg makes of pts and dts together; null where the stream has neither. */
export function timestampOf(frame: Frame): bigint | null {
  const best = frame.bestEffortTimestamp;
  return best === AV_NOPTS_VALUE ? null : best;
}

function openDevice(name: string, codec: Codec, context: CodecContext): HardwareDeviceContext {
  const fail = (reason: string) =>
    new HeatboxError('HWACCEL_UNAVAILABLE', `cannot decode ${codec.name} with "${name}": ${reason}`, {
      value: name,
      kind: 'usage',
      hint: 'Leave --hwaccel out to decode in software.',
    });
  const type = avGetHardwareDeviceTypeFromName(name as FFHWDeviceType);
  if (!type) throw fail('FFmpeg knows no such device type');
  const format = codec.getSupportedDeviceTypes().includes(type)
    ? Array.from({ length: 16 }, (_, index) => codec.getHwConfig(index)).find((config) => config?.deviceType === type)
        ?.pixFmt
    : undefined;
  if (format === undefined) throw fail('the decoder does not support it');
  const device = new HardwareDeviceContext();
  if (device.create(type) < 0) throw fail('no such device on this machine');
  context.hwDeviceCtx = device;
  context.setHardwarePixelFormat(format);
  return device;
}

function download(frame: Frame): Frame | 'damaged' {
  const copy = new Frame();
  copy.alloc();
  try {
    if (frame.hwframeTransferDataSync(copy) < 0) {
      copy.free();
      return 'damaged';
    }
    copy.copyProps(frame);
    return copy;
  } finally {
    frame.free();
  }
}
