import { AV_NOPTS_VALUE, AV_PKT_FLAG_DISCARD, AV_PKT_FLAG_KEY } from 'node-av/constants';
import type { Frame, Packet } from 'node-av/lib';
import { type Ratio, seconds } from '../frames/av.ts';
import type { Warn } from '../warn-once.ts';

/** Tells how much a source loses at its beginning: frames whose keyframe is not there, or cannot be decoded. */
interface LostBeginning {
  /** A packet of the video on its way to the decoder. */
  packet(packet: Packet): void;
  /** The first frame that came out. */
  frame(frame: Frame, ticks: bigint): void;
}

/**
 * Warns with `FRAMES_LOST` at the first frame, if packets before it were meant to be shown earlier.
 *
 * @param name - The source's, as shown.
 * @param from - Seconds from which on frames are wanted.
 */
export function lostBeginning(name: string, timeBase: Ratio, from: number, warn: Warn): LostBeginning {
  let times: bigint[] = [];
  let untimed = false;
  let count = 0;
  /** Packets before the first keyframe; undefined while there was none. */
  let before: number | undefined;
  let over = false;

  function tell(frames: number, length: number | undefined): void {
    const time = length === undefined ? '' : ` (${length.toFixed(3)} s)`;
    const these = frames === 1 ? 'its first frame' : `its first ${frames} frames`;
    const why = before === 0 ? '' : ' begins between two keyframes';
    warn('FRAMES_LOST', `${name}${why}: ${these}${time} cannot be decoded`);
  }

  return {
    packet({ pts, flags }) {
      // What an edit list leaves out is not to be shown.
      if (over || (flags & AV_PKT_FLAG_DISCARD) !== 0) return;
      if ((flags & AV_PKT_FLAG_KEY) !== 0) before ??= count;
      count++;
      if (pts === AV_NOPTS_VALUE) untimed = true;
      else if (seconds(pts, timeBase) >= from) times.push(pts);
    },
    frame(frame, ticks) {
      if (over) return;
      over = true;
      const lost = times.filter((time) => time < ticks);
      times = [];
      // Where packets have no times, only their number tells.
      if (untimed && frame.keyFrame && before !== undefined && before > 0) tell(before, undefined);
      if (untimed || lost.length === 0) return;
      const first = lost.reduce((least, time) => (time < least ? time : least));
      tell(lost.length, seconds(ticks - first, timeBase));
    },
  };
}
