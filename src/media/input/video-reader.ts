import { AV_FRAME_FLAG_CORRUPT, AV_PKT_FLAG_CORRUPT } from 'node-av/constants';
import type { Frame, Packet } from 'node-av/lib';
import { redact } from '../../text/redact.ts';
import { COUNTED, faultInWords } from '../clock/clock-judge.ts';
import { frameTimes } from '../clock/frame-times.ts';
import { ratioOf, seconds } from '../frames/av.ts';
import type { OpenOptions } from '../protocol.ts';
import type { Warn } from '../warn-once.ts';
import { lostBeginning } from './lost-beginning.ts';
import { beginningOf, type OpenedInput } from './open-input.ts';
import { packetReader } from './packet-reader.ts';
import { openVideoDecoder } from './video-decoder.ts';
import { wantedSpan } from './wanted-span.ts';

export interface TimedFrame {
  readonly frame: Frame;
  /** Presentation time in the stream's time base, strictly rising. */
  readonly ticks: bigint;
}

interface VideoReader {
  /** Where the wanted span begins, in seconds of the source clock, if not with the first frame. */
  readonly start: number | undefined;
  /**
   * Decodes up to the next frame of the wanted span. Packets of other streams met on the way go to `other`, which must
   * not keep them.
   *
   * @returns null at the end.
   */
  next(other: (packet: Packet) => void): TimedFrame | null;
  /** Whether a pts was counted from the frame rate because the container had none. */
  computedTimestamps(): boolean;
  close(): void;
}

/** After the wanted span of video, sound of the same span may still be stored up to this much later in the file. */
const INTERLEAVING_SECONDS = 2;

/**
 * Demuxes and decodes, within `start` and `duration`. Damaged packets are passed over, and a cut file yields what is
 * before the cut, each with a warning.
 *
 * One function of more than a page: a packet read and a frame decoded both move the same state on.
 */
export function videoReader(opened: OpenedInput, options: OpenOptions, warn: Warn): VideoReader {
  const { format, video } = opened;
  const name = redact(options.input);
  const timeBase = ratioOf(video.timeBase);
  const span = wantedSpan(options, beginningOf(format));
  const decoder = openVideoDecoder(video, options);
  const packets = packetReader(opened, options, span, decoder.send, warn);
  const times = frameTimes(
    ...([video, span.from] as const),
    () => warn('TIMESTAMP_ORDER', `${name} has timestamps that do not rise; such frames are moved to the next tick`),
    (fault) => warn('TIMESTAMP_CLOCK', `${faultInWords(name, fault)}; ${COUNTED}`),
  );
  const beginning = lostBeginning(name, timeBase, span.from, warn);
  let pastSpan = false;
  let ended = false;
  /** Whether the latest packet of the video is marked as not whole; as the last of an input that is cut off it may be. */
  let broken = false;

  /** Reads a packet and gives it to the decoder or to `other`. */
  function pass(other: (packet: Packet) => void): void {
    const read = packets.read();
    if (read === 'not yet') return;
    if (read === 'end') {
      if (packets.early === undefined) warnOfBreak();
      decoder.send(null);
      ended = pastSpan;
      return;
    }
    const { packet, time, stream, skipped } = read;
    if (packet.streamIndex === video.index) {
      if (!pastSpan && !skipped) decode(packet);
    } else if (stream === undefined)
      warn('STREAM_DROPPED', `stream ${packet.streamIndex} is left out: it comes up only in the middle of ${name}`);
    else if (stream.cover || span.contains(time)) other(packet);
    if (pastSpan && time > span.end + INTERLEAVING_SECONDS) ended = true;
  }

  function decode(packet: Packet): void {
    warnOfBreak();
    broken = (packet.flags & AV_PKT_FLAG_CORRUPT) !== 0;
    beginning.packet(packet);
    if (!decoder.send(packet)) warnOfDamage();
  }

  /** A transport stream says where packets are missing. */
  function warnOfBreak(): void {
    if (!broken) return;
    warn('PACKET_DAMAGED', `${name} has breaks in its video data; frames there may be missing or not whole`);
  }

  /** Where the input ends early, its last frame is not whole either, which goes without saying. */
  function warnOfDamage(): void {
    if (packets.early !== undefined) return;
    warn('PACKET_DAMAGED', `${name} has damaged video data; frames of it are missing or not whole`);
  }

  function warnOfEnd(): void {
    if (packets.early === undefined) return;
    const where = times.latest === undefined ? 'before the first frame' : `after ${times.latest.toFixed(3)} s`;
    warn('SOURCE_TRUNCATED', `${name} ends early, ${where}: ${packets.early}`);
  }

  /** @returns the frame with its time where it is wanted; frees it where it is not. */
  function wanted(frame: Frame): TimedFrame | undefined {
    const ticks = times.of(frame);
    const time = seconds(ticks, timeBase);
    span.beginWith(time);
    if (time >= span.end) pastSpan = true;
    if (span.contains(time)) {
      beginning.frame(frame, ticks);
      if (frame.decodeErrorFlags !== 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) !== 0) warnOfDamage();
      return { frame, ticks };
    }
    frame.free();
    return undefined;
  }

  return {
    start: span.start,
    next(other) {
      while (!ended) {
        const decoded = pastSpan ? null : decoder.receive();
        if (decoded === 'end') {
          warnOfEnd();
          ended = true;
        } else if (decoded === 'damaged') warnOfDamage();
        else if (decoded === null) pass(other);
        else {
          const frame = wanted(decoded);
          if (frame !== undefined) return frame;
        }
      }
      return null;
    },
    computedTimestamps: () => times.computed,
    close() {
      packets.close();
      decoder.close();
    },
  };
}
