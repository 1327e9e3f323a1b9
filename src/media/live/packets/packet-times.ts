import { AV_NOPTS_VALUE } from 'node-av/constants';
import type { Packet, Stream } from 'node-av/lib';
import type { Timeline } from '../../input/timeline.ts';

/** Gives every packet of a live video a pts of its own, which the frame decoded from it has too. */
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
  let last: bigint | undefined;
  let computed = false;
  return {
    stamp(packet) {
      const inOrder = video.codecpar.videoDelay === 0;
      if (packet.dts === AV_NOPTS_VALUE && inOrder) packet.dts = packet.pts;
      timeline.place(packet);
      let pts = packet.pts === AV_NOPTS_VALUE && inOrder ? packet.dts : packet.pts;
      if (pts === AV_NOPTS_VALUE) {
        if (!inOrder) return;
        computed = true;
        pts = last === undefined ? 0n : last + oneFrame;
      }
      while (recent.has(pts)) pts++;
      recent.add(pts);
      if (recent.size > REMEMBERED) recent.delete(recent.values().next().value!);
      last = pts;
      packet.pts = pts;
    },
    get computed() {
      return computed;
    },
  };
}
