import { avRescaleQ, FormatContext, type Packet, type Stream } from 'node-av/lib';
import type { Overlay } from '../../overlay/index.ts';
import { check, type Ratio } from '../frames/av.ts';
import type { TimedFrame } from '../input/video-reader.ts';
import { encodeDrawn } from '../output/encode-drawn.ts';
import { openVideoEncoder } from '../output/video-encoder.ts';
import type { OutputOptions } from '../protocol.ts';

/** An annotated recording that can be played up to its last second whatever becomes of the process: fragmented MP4. */
interface Recorder {
  /** Draws on the frame, encodes it and frees it. In the order of the timestamps. */
  annotate(timed: TimedFrame, overlay: Overlay): void;
  readonly encoded: number;
  /** Ends the file. @returns its bytes. */
  finish(): number;
  close(): void;
}

/**
 * Each fragment is a second long and written at once; video only. Its first frame is at zero.
 *
 * @param first - Upright and in the format to encode.
 * @throws HeatboxError `ENCODER_…`, `OUTPUT_WRITE`
 */
export function openRecorder(first: TimedFrame, timeBase: Ratio, frameRate: Ratio, options: OutputOptions): Recorder {
  const encoder = openVideoEncoder(first.frame, timeBase, frameRate, true, options, true);
  const format = new FormatContext();
  let stream: Stream;
  let encoded = 0;
  let bytes = 0;
  let open = true;
  const failed = (code: number, what: string) => check(code, what, 'OUTPUT_WRITE', { value: options.path });

  try {
    failed(format.allocOutputContext2(null, options.format, options.path), `start ${options.path}`);
    stream = format.newStream();
    check(stream.codecpar.fromContext(encoder.context), 'describe the video');
    stream.timeBase = { ...timeBase } as Stream['timeBase'];
    stream.avgFrameRate = encoder.context.framerate;
    failed(format.openOutputSync(), `open ${options.path}`);
    format.setOption('movflags', 'frag_keyframe+empty_moov+default_base_moof');
    format.setOption('flush_packets', 1);
    failed(format.writeHeaderSync(), `start ${options.path}`);
  } catch (error) {
    close();
    throw error;
  }

  function write(packet: Packet): void {
    packet.streamIndex = stream.index;
    packet.pts = avRescaleQ(packet.pts - first.ticks, timeBase, stream.timeBase);
    packet.dts = avRescaleQ(packet.dts - first.ticks, timeBase, stream.timeBase);
    packet.duration = avRescaleQ(1, { num: frameRate.den, den: frameRate.num }, stream.timeBase);
    bytes += packet.size;
    failed(format.writeFrameSync(packet), `write ${options.path}`);
  }

  function close(): void {
    if (open) {
      format.closeOutputSync();
      format.freeContext();
      encoder.close();
    }
    open = false;
  }

  return {
    get encoded() {
      return encoded;
    },
    annotate(timed, overlay) {
      encodeDrawn(encoder, timed, overlay, write);
      encoded++;
    },
    finish() {
      encoder.encode(null, write);
      failed(format.writeTrailerSync(), `finish ${options.path}`);
      return bytes;
    },
    close,
  };
}
