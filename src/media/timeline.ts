import { AV_NOPTS_VALUE } from 'node-av/constants';
import type { Packet } from 'node-av/lib';
import { type Ratio, seconds, ticks } from './av.ts';

export interface TimelineStream {
  readonly timeBase: Ratio;
  /** Sound and video tell of a jump; sparse streams follow them. */
  readonly steady: boolean;
}

/** One rising clock for all packets of a source, whose own may jump, as in joined recordings. */
export interface Timeline {
  /** Moves a packet's times by what the jumps before it come to. */
  place(packet: Packet): void;
  /** Where the latest packet ends, in seconds; undefined before the first. */
  end(): number | undefined;
}

/** Back by more than this is a jump; by less, the packets are merely out of order. */
const BACK_SECONDS = 0.1;
/** Ahead by more than this is a jump, where the container allows for jumps; FFmpeg's own limit. */
const AHEAD_SECONDS = 10;

/**
 * @param jumpsAhead - Whether great leaps forward are jumps too; else they are pauses and stay.
 * @param jumped - Called for each jump with the time where it is and how far what follows is moved, in seconds.
 */
export function createTimeline(
  streams: readonly TimelineStream[],
  jumpsAhead: boolean,
  jumped: (at: number, by: number) => void,
): Timeline {
  /** How far everything is moved, after each jump. Streams come to a jump one by one, since their packets alternate. */
  const moves = [0];
  const states = streams.map(() => ({ move: 0, last: undefined as number | undefined }));
  let latest: number | undefined;

  function isJump(last: number | undefined, time: number): boolean {
    return last !== undefined && (time < last - BACK_SECONDS || (jumpsAhead && time > last + AHEAD_SECONDS));
  }

  /** The newest move that lets the stream go on, else a new one. */
  function moveAfterJump({ move, last }: { move: number; last: number | undefined }, time: number): number {
    for (let newer = moves.length - 1; newer > move; newer--) if (!isJump(last, time + moves[newer]!)) return newer;
    moves.push(latest! - time);
    jumped(latest!, latest! - time - moves[move]!);
    return moves.length - 1;
  }

  return {
    place(packet) {
      const stream = streams[packet.streamIndex];
      const stamp = packet.dts === AV_NOPTS_VALUE ? packet.pts : packet.dts;
      if (stream === undefined || stamp === AV_NOPTS_VALUE) return;
      const state = states[packet.streamIndex]!;
      const time = seconds(stamp, stream.timeBase);
      if (!stream.steady) state.move = moves.length - 1;
      else if (isJump(state.last, time + moves[state.move]!)) state.move = moveAfterJump(state, time);
      const moved = time + moves[state.move]!;
      const shift = ticks(moves[state.move]!, stream.timeBase);
      if (shift !== 0n) {
        if (packet.pts !== AV_NOPTS_VALUE) packet.pts += shift;
        if (packet.dts !== AV_NOPTS_VALUE) packet.dts += shift;
      }
      state.last = moved;
      const end = moved + (packet.duration > 0n ? seconds(packet.duration, stream.timeBase) : 0);
      latest = Math.max(latest ?? end, end);
    },
    end: () => latest,
  };
}
