import { AV_NOPTS_VALUE, AV_PKT_DATA_NEW_EXTRADATA } from 'node-av/constants';
import { type Frame, Packet } from 'node-av/lib';
import { COUNTED, faultInWords } from '../../clock/clock-judge.ts';
import { believedDuration, frameTicks, mayJumpAhead } from '../../clock/clock-policy.ts';
import { packetTimes } from '../../clock/packet-times.ts';
import { createTimeline } from '../../clock/timeline.ts';
import { ratioOf } from '../../frames/av.ts';
import { lostBeginning } from '../../input/lost-beginning.ts';
import { openVideoDecoder, timestampOf } from '../../input/video-decoder.ts';
import type { TimedFrame } from '../../input/video-reader.ts';
import type { OpenOptions } from '../../protocol.ts';
import type { Warn } from '../../warn-once.ts';
import { firstTime } from './first-time.ts';
import type { LiveInput } from './live-input.ts';
import { wholeUnits } from './whole-units.ts';

/** A packet of the video, its pts that of the frame it will become. */
export interface LivePacket {
  /** The reader's own; valid until the next is asked for. */
  readonly packet: Packet;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Parameter sets that the container brought with it instead of the stream itself. */
  readonly extradata?: Uint8Array;
}

export interface LiveReader {
  /** @returns the video's next packet, or null at the end. @throws HeatboxError `SOURCE_LOST` */
  next(): Promise<LivePacket | null>;
  /** Decodes a packet of `next`; null flushes. @returns the frames that are ready, in order, the caller's to free. */
  decode(packet: Packet | null): TimedFrame[];
  /** Whether the decoder took the last packet. */
  intact(): boolean;
  /** Frames that came out of their order and were left out, since the last call. */
  misplaced(): number;
  computedTimestamps(): boolean;
  close(): void;
}

/** Packets that nobody fetched for so long have arrived before. */
const LEFT_WAITING_MS = 500;

/**
 * Reads and decodes a live source promptly. Every packet gets a pts of its own, on one clock that goes on over jumps of the
 * source's; the frame decoded from it has the same. Damaged packets are passed over with a warning.
 *
 * One function of more than a page: packets and frames share the source's clock and its decoder.
 */
export function liveReader(
  input: LiveInput,
  options: Pick<OpenOptions, 'threads' | 'hwaccel' | 'vectors'>,
  warn: Warn,
): LiveReader {
  const { format, video, name } = input;
  const timeline = createTimeline(format.streams, mayJumpAhead(format.iformat, input.paced), (at) =>
    warn('TIMESTAMP_JUMP', `the timestamps of ${name} jump at ${at.toFixed(3)} s; what follows goes on there`),
  );
  const decoder = openVideoDecoder(video, { ...options, prompt: true });
  const timedAnew = input.paced ? COUNTED : 'frames are timed by their arrival';
  const oneFrame = frameTicks(video);
  const times = packetTimes(video, {
    ...{ timeline, oneFrame, paced: input.paced, rates: input.overRtp },
    onFault: (fault) => warn('TIMESTAMP_CLOCK', `${faultInWords(name, fault)}; ${timedAnew}`),
  });
  const packet = new Packet();
  packet.alloc();
  const units = wholeUnits(video);
  const packets = firstTime(video, oneFrame, (into) => units.next(into, read));
  const timeBase = ratioOf(video.timeBase);
  // A stream is always joined somewhere; a recording has a beginning.
  const beginning = input.paced ? lostBeginning(name, timeBase, Number.NEGATIVE_INFINITY, warn) : undefined;
  let newest: bigint | undefined;
  /** The time of the next frame if it has none of its own. */
  let following = 0n;
  let misplaced = 0;
  /** When a packet was last handed over, milliseconds. */
  let returnedAt = performance.now();
  let intact = true;

  function timed(frame: Frame): TimedFrame | undefined {
    let ticks = (frame.pts === AV_NOPTS_VALUE ? timestampOf(frame) : frame.pts) ?? following;
    // Packets of B-frames do not arrive in the order their frames are shown in.
    if (times.replaced && newest !== undefined && ticks <= newest) ticks = newest + 1n;
    beginning?.frame(frame, ticks);
    if (newest === undefined || ticks > newest) {
      newest = ticks;
      following = ticks + believedDuration(frame.duration, timeBase, oneFrame);
      return { frame, ticks };
    }
    misplaced++;
    frame.free();
    return undefined;
  }

  function warnOfDamage(): void {
    warn('PACKET_DAMAGED', `${name} has damaged video data; frames of it are missing or not whole`);
  }

  /** The next packet of the video. */
  async function read(into: Packet): Promise<boolean> {
    do {
      into.unref();
      if (!(await input.read(into))) return false;
    } while (into.streamIndex !== video.index);
    return true;
  }

  return {
    async next() {
      packet.unref();
      if (performance.now() - returnedAt > LEFT_WAITING_MS) times.interrupted();
      if (!(await packets.next(packet))) return null;
      returnedAt = performance.now();
      const receivedAt = performance.timeOrigin + returnedAt;
      const extradata = packet.getSideData(AV_PKT_DATA_NEW_EXTRADATA);
      times.stamp(packet, returnedAt / 1000);
      beginning?.packet(packet);
      return { packet, receivedAt, extradata: extradata === null ? undefined : new Uint8Array(extradata) };
    },
    decode(sent) {
      const frames: TimedFrame[] = [];
      intact = decoder.send(sent);
      if (!intact) warnOfDamage();
      for (;;) {
        const frame = decoder.receive();
        if (frame === null || frame === 'end') return frames;
        if (frame === 'damaged') warnOfDamage();
        else {
          const ready = timed(frame);
          if (ready !== undefined) frames.push(ready);
        }
      }
    },
    intact: () => intact,
    misplaced() {
      const count = misplaced;
      misplaced = 0;
      return count;
    },
    computedTimestamps: () => times.computed,
    close() {
      packets.close();
      units.close();
      packet.free();
      decoder.close();
    },
  };
}
