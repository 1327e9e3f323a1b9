import type { Precision } from '../../../inference/providers/precision.ts';
import type { Ratio } from '../../../media/frames/av.ts';
import type { Tally } from './tally.ts';

export interface Outcome {
  /** What was written, by name. */
  readonly outputs: readonly string[];
  /** Of the video. */
  readonly bytes: number;
  readonly tally: Tally;
  /** What the network computed in. */
  readonly precision: Precision;
  readonly seconds: number;
  readonly interrupted: boolean;
  readonly frameRate: Ratio;
}

/** One line that says what a run made, and how fast. */
export function summary({ outputs, bytes, tally, precision, seconds, interrupted, frameRate }: Outcome): string {
  const { frames, analysed, boxes, tracks, firstPts, lastPts } = tally;
  const span = frames === 0 ? 0 : lastPts - firstPts + frameRate.den / frameRate.num;
  const parts = [
    `${plural(frames, 'frame')}${analysed === frames ? '' : ` (${analysed} through the network)`} in ${seconds.toFixed(1)} s`,
    // A picture has no rate.
    ...(frames === 1
      ? [precision]
      : [`${(frames / seconds).toFixed(1)} fps in ${precision}`, `${(span / seconds).toFixed(2)}× real time`]),
    plural(boxes, 'box', 'boxes'),
    ...(tracks.size > 0 && frames > 1 ? [plural(tracks.size, 'track')] : []),
    ...(bytes > 0 ? [size(bytes)] : []),
  ];
  return `${outputs.join(', ')}: ${interrupted ? 'interrupted; ' : ''}${parts.join(', ')}`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
