import { AV_NOPTS_VALUE, AVMEDIA_TYPE_AUDIO } from 'node-av/constants';
import type { Packet } from 'node-av/lib';
import type { Overlay } from '../../overlay/index.ts';
import { clock } from '../../threads/notes.ts';
import { frameRateOf } from '../clock/clock-policy.ts';
import { ratioOf, seconds, ticks } from '../frames/av.ts';
import { hdrMetadataOf } from '../frames/hdr-metadata.ts';
import type { NoteTicks } from '../host-notes.ts';
import type { OpenedInput } from '../input/open-input.ts';
import type { TimedFrame } from '../input/video-reader.ts';
import type { Chapter, OutputOptions } from '../protocol.ts';
import type { Warn } from '../warn-once.ts';
import { encodeDrawn } from './encode-drawn.ts';
import { openMuxer } from './muxer.ts';
import { isPictureFormat, openPictureFile } from './picture-file.ts';
import { openVideoEncoder } from './video-encoder.ts';

/** The annotated file: draws, encodes and muxes. */
interface Output {
  readonly encoded: number;
  /** Draws on the frame, encodes it and frees it. In the order of the timestamps. */
  annotate(timed: TimedFrame, overlay: Overlay): void;
  /** A packet of another stream of the source. */
  carry(packet: Packet): void;
  /** @returns the file's bytes. */
  finish(): number;
  /** Frees everything; without `finish` before, the file stays incomplete. */
  close(): void;
}

interface OpenOutput {
  readonly opened: OpenedInput;
  readonly options: OutputOptions;
  readonly chapters: readonly Chapter[];
  /** Packets of other streams that were read so far; they are still to be carried. */
  readonly early: readonly Packet[];
  /** The wanted span's start in seconds, which becomes the output's zero. */
  readonly start: number | undefined;
  /** The first frame, upright and in the format to encode. */
  readonly first: TimedFrame;
  readonly warn: Warn;
  readonly note: NoteTicks | undefined;
}

/** Sound that begins this little before zero is encoder priming, which the containers mark themselves. */
const PRIMING_SECONDS = 0.1;

export function openOutput({ opened, options, chapters, early, start, first, warn, note }: OpenOutput): Output {
  const { video, format } = opened;
  const timeBase = ratioOf(video.timeBase);
  const isPicture = isPictureFormat(options.format);
  const encoder = openVideoEncoder(first.frame, timeBase, frameRateOf(video), !isPicture, options);
  const shift = start !== undefined ? -ticks(start, timeBase) : shiftToZero();
  if (start === undefined && shift > 0n && !isPicture) {
    warn(
      'TIMESTAMPS_SHIFTED',
      `the source starts at ${(-seconds(shift, timeBase)).toFixed(3)} s; the output is shifted by ${seconds(shift, timeBase).toFixed(3)} s as a whole`,
    );
  }
  const muxer = isPicture
    ? openPictureFile(options)
    : openMuxer({
        input: opened,
        output: options,
        encoder: encoder.context,
        videoTimeBase: timeBase,
        hdr: hdrMetadataOf(first.frame),
        shift,
        chapters,
        early,
        warn,
      });
  let encoded = 0;
  let open = true;

  function shiftToZero(): bigint {
    let earliest = first.ticks;
    for (const stream of format.streams) {
      if (stream.codecpar.codecType !== AVMEDIA_TYPE_AUDIO || stream.startTime === AV_NOPTS_VALUE) continue;
      const begins = seconds(stream.startTime, stream.timeBase);
      if (begins < -PRIMING_SECONDS && ticks(begins, timeBase) < earliest) earliest = ticks(begins, timeBase);
    }
    return earliest < 0n ? -earliest : 0n;
  }

  function write(packet: Packet): void {
    const began = clock();
    const ticks = packet.pts;
    muxer.writeVideo(packet);
    note?.('mux', began, ticks);
  }

  return {
    get encoded() {
      return encoded;
    },
    annotate(timed, overlay) {
      encodeDrawn(encoder, timed, overlay, write, note);
      encoded++;
    },
    carry: (packet) => muxer.carry(packet),
    finish() {
      const began = clock();
      encoder.encode(null, write);
      open = false;
      const bytes = muxer.finish();
      note?.('finish', began);
      return bytes;
    },
    close() {
      if (open) muxer.abandon();
      open = false;
      encoder.close();
    },
  };
}
