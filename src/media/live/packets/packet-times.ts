import { AV_NOPTS_VALUE } from 'node-av/constants';
import type { Packet, Stream } from 'node-av/lib';
import { ratioOf } from '../../frames/av.ts';
import { believedDuration } from '../../input/clock-policy.ts';
import type { Timeline } from '../../input/timeline.ts';

/**
 * Gives every packet of a live video a pts of its own, which the frame decoded from it has too. Only raw streams with
 * B-frames keep packets without: their order of display is known to the decoder alone.
 */
interface PacketTimes {
  stamp(packet: Packet): void;
  /** Whether a pts was counted from the frame rate because the source had none. */
  readonly computed: boolean;
}

/** Times of so many packets are remembered, so that no two share one. */
const REMEMBERED = 64;

/** @param oneFrame - In the video's time base. */
export function packetTimes(video: Stream, timeline: Timeline, oneFrame: bigint): PacketTimes {
  const recent = new Set<bigint>();
  const timeBase = ratioOf(video.timeBase);
  let last: { pts: bigint; duration: bigint } | undefined;
  let followingDts = 0n;
  let computed = false;
  return {
    stamp(packet) {
      const inOrder = video.codecpar.videoDelay === 0;
      if (packet.dts === AV_NOPTS_VALUE && inOrder) packet.dts = packet.pts;
      timeline.place(packet);
      let pts = packet.pts === AV_NOPTS_VALUE && inOrder ? packet.dts : packet.pts;
      if (pts === AV_NOPTS_VALUE) {
        computed = true;
        if (!inOrder) {
          // The pace needs a time, and the decoder makes the frames' of it.
          if (packet.dts === AV_NOPTS_VALUE) packet.dts = followingDts;
          followingDts = packet.dts + believedDuration(packet.duration, timeBase, oneFrame);
          return;
        }
        pts = last === undefined ? 0n : last.pts + last.duration;
      }
      while (recent.has(pts)) pts++;
      recent.add(pts);
      if (recent.size > REMEMBERED) recent.delete(recent.values().next().value!);
      last = { pts, duration: believedDuration(packet.duration, timeBase, oneFrame) };
      packet.pts = pts;
    },
    get computed() {
      return computed;
    },
  };
}
