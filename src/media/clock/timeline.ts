import { AV_NOPTS_VALUE } from 'node-av/constants';
import type { Packet, Stream } from 'node-av/lib';
import { ratioOf, seconds, ticks } from '../frames/av.ts';
import { streamKind } from '../input/describe-source.ts';
import { AHEAD_SECONDS, BACK_SECONDS, believedDuration } from './clock-policy.ts';

/** One rising clock for all packets of a source, whose own may jump, as in joined recordings. */
export interface Timeline {
  /** Moves a packet's times by what the jumps before it come to. */
  place(packet: Packet): void;
}

/**
 * @param jumpsAhead - Whether great leaps forward are jumps too; else they are pauses and stay.
 * @param jumped - Called for each jump with the time where it is and how far what follows is moved, in seconds.
 */
export function createTimeline(
  sources: readonly Stream[],
  jumpsAhead: boolean,
  jumped: (at: number, by: number) => void,
): Timeline {
  const streams = sources.map((stream) => ({
    timeBase: ratioOf(stream.timeBase),
    /** Sound and video tell of a jump; sparse streams follow them. */
    steady: ['video', 'audio'].includes(streamKind(stream)),
  }));
  /** How far everything is moved, after each jump. Streams come to a jump one by one, since their packets alternate. */
  const moves = [0];
  const states = streams.map(() => ({ move: 0, last: undefined as number | undefined, lead: 0n }));
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
      if (stream === undefined) return;
      const state = states[packet.streamIndex]!;
      const { timeBase } = stream;
      // Muxers count a packet's decoding time from the frame before, so that the time it is shown at jumps first.
      if (packet.dts !== AV_NOPTS_VALUE && packet.pts !== AV_NOPTS_VALUE) {
        const lead = packet.pts - packet.dts;
        if (jumpsAhead && seconds(lead, timeBase) > AHEAD_SECONDS) packet.dts = packet.pts - state.lead;
        else state.lead = lead;
      }
      // Presentation times go up and down where frames are stored out of their order, so only decoding times tell of a jump.
      const time = packet.dts === AV_NOPTS_VALUE ? undefined : seconds(packet.dts, timeBase);
      if (!stream.steady) state.move = moves.length - 1;
      else if (time !== undefined) {
        if (isJump(state.last, time + moves[state.move]!)) state.move = moveAfterJump(state, time);
        state.last = time + moves[state.move]!;
        latest = Math.max(
          latest ?? state.last,
          state.last + seconds(believedDuration(packet.duration, timeBase, 0n), timeBase),
        );
      }
      const shift = ticks(moves[state.move]!, timeBase);
      if (shift === 0n) return;
      if (packet.pts !== AV_NOPTS_VALUE) packet.pts += shift;
      if (packet.dts !== AV_NOPTS_VALUE) packet.dts += shift;
    },
  };
}
