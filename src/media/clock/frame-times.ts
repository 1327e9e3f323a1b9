import type { Frame, Stream } from 'node-av/lib';
import { ratioOf, seconds } from '../frames/av.ts';
import { timestampOf } from '../input/video-decoder.ts';
import { type ClockFault, clockJudge } from './clock-judge.ts';
import { believedDuration, countedTicks, frameTicks } from './clock-policy.ts';

/** The times of decoded frames, in ticks of the video's time base. */
interface FrameTimes {
  /** Of the next frame, in order: strictly rising from where frames are wanted. */
  of(frame: Frame): bigint;
  /** Of the latest frame, in seconds. */
  readonly latest: number | undefined;
  /** Whether one was counted from the frame rate because the container had none. */
  readonly computed: boolean;
}

/**
 * @param from - Seconds from which on frames are wanted.
 * @param onDisorder - Called for frames that do not come after the one before; they are moved to the next tick.
 * @param onFault - Called if the clock stands still: from there on frames that it does not move are counted.
 */
export function frameTimes(
  video: Stream,
  from: number,
  onDisorder: () => void,
  onFault: (fault: ClockFault) => void,
): FrameTimes {
  const timeBase = ratioOf(video.timeBase);
  const oneFrame = frameTicks(video);
  const counted = countedTicks(video);
  const judge = clockJudge(false, false);
  let previous: { ticks: bigint; duration: bigint } | undefined;
  let computed = false;
  return {
    of(frame) {
      let ticks = timestampOf(frame);
      if (ticks === null) {
        computed = true;
        ticks = previous === undefined ? 0n : previous.ticks + previous.duration;
      }
      const stood = judge.fault;
      judge.packet(seconds(ticks, timeBase), 0);
      const { fault } = judge;
      if (fault !== stood) onFault(fault!);
      const least = previous && previous.ticks + (fault === undefined ? 0n : counted - 1n);
      const isWanted = fault !== undefined || seconds(ticks, timeBase) >= from;
      if (previous !== undefined && ticks <= least! && isWanted) {
        if (fault === undefined) onDisorder();
        ticks = least! + 1n;
      }
      previous = { ticks, duration: believedDuration(frame.duration, timeBase, oneFrame) };
      return ticks;
    },
    get latest() {
      return previous && seconds(previous.ticks, timeBase);
    },
    get computed() {
      return computed;
    },
  };
}
