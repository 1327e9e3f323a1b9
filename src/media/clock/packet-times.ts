import { AV_NOPTS_VALUE } from 'node-av/constants';
import type { Packet, Stream } from 'node-av/lib';
import { ratioOf, seconds, ticks } from '../frames/av.ts';
import { type ClockFault, clockJudge } from './clock-judge.ts';
import { believedDuration, countedTicks } from './clock-policy.ts';
import type { Timeline } from './timeline.ts';

/**
 * Gives every packet of a live video a pts of its own, which the frame decoded from it has too. Only raw streams with
 * B-frames keep packets without: their order of display is known to the decoder alone.
 */
interface PacketTimes {
  /** @param at - When the packet arrived, seconds of a clock that does not jump. */
  stamp(packet: Packet, at: number): void;
  /** Packets were not fetched for a while. */
  interrupted(): void;
  /** Whether a pts was counted from the frame rate because the source had none. */
  readonly computed: boolean;
  /** Whether the source's clock was given up for that of arrival. */
  readonly replaced: boolean;
}

interface PacketTimesOptions {
  readonly timeline: Timeline;
  /** In the video's time base. */
  readonly oneFrame: bigint;
  /** Whether packets come at any pace, as from a file; else each arrives when it is made. */
  readonly paced: boolean;
  /** Whether the clock's rate is to be judged. */
  readonly rates: boolean;
  /** Called once if the source's clock is given up. */
  readonly onFault: (fault: ClockFault) => void;
}

/** Times of so many packets are remembered, so that no two share one. */
const REMEMBERED = 64;

export function packetTimes(
  video: Stream,
  { timeline, oneFrame, paced, rates, onFault }: PacketTimesOptions,
): PacketTimes {
  const recent = new Set<bigint>();
  const timeBase = ratioOf(video.timeBase);
  const judge = clockJudge(!paced, rates);
  const counted = countedTicks(video);
  let last: { pts: bigint; duration: bigint; at: number } | undefined;
  let followingDts = 0n;
  let computed = false;
  let replaced = false;

  function judgeClock(packet: Packet, at: number): void {
    const time = packet.dts === AV_NOPTS_VALUE ? packet.pts : packet.dts;
    if (time !== AV_NOPTS_VALUE) judge.packet(seconds(time, timeBase), at);
    if (judge.fault === undefined || replaced) return;
    replaced = true;
    onFault(judge.fault);
  }

  /** After the last packet by as much as this one arrived after it; by a frame where that says nothing. */
  function byArrival(at: number): bigint {
    if (last === undefined) return 0n;
    const step = paced ? counted : ticks(at - last.at, timeBase);
    return last.pts + (step > 0n ? step : 1n);
  }

  /** Undefined where only the decoder can tell. */
  function ptsOf(packet: Packet, at: number): bigint | undefined {
    const inOrder = video.codecpar.videoDelay === 0;
    if (replaced) return byArrival(at);
    const own = packet.pts === AV_NOPTS_VALUE && inOrder ? packet.dts : packet.pts;
    if (own !== AV_NOPTS_VALUE) return unique(own);
    computed = true;
    if (inOrder) return unique(last === undefined ? 0n : last.pts + last.duration);
    // The pace needs a time, and the decoder makes the frames' of it.
    if (packet.dts === AV_NOPTS_VALUE) packet.dts = followingDts;
    followingDts = packet.dts + believedDuration(packet.duration, timeBase, oneFrame);
    return undefined;
  }

  function unique(wanted: bigint): bigint {
    let pts = wanted;
    while (recent.has(pts)) pts++;
    recent.add(pts);
    if (recent.size > REMEMBERED) recent.delete(recent.values().next().value!);
    return pts;
  }

  return {
    stamp(packet, at) {
      if (packet.dts === AV_NOPTS_VALUE && video.codecpar.videoDelay === 0) packet.dts = packet.pts;
      timeline.place(packet);
      judgeClock(packet, at);
      const pts = ptsOf(packet, at);
      if (pts === undefined) return;
      last = { pts, duration: believedDuration(packet.duration, timeBase, oneFrame), at };
      packet.pts = pts;
      if (replaced) packet.dts = pts;
    },
    interrupted: judge.interrupted,
    get computed() {
      return computed;
    },
    get replaced() {
      return replaced;
    },
  };
}
