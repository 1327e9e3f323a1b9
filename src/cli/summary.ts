import type { SourceInfo } from '../media/protocol.ts';

export interface Outcome {
  readonly output: string;
  readonly bytes: number;
  readonly frames: number;
  readonly analysed: number;
  readonly tracks: number;
  readonly firstPts: number | undefined;
  readonly lastPts: number;
  readonly seconds: number;
  readonly interrupted: boolean;
  readonly info: SourceInfo;
}

/** One line that says what a run made, and how fast. */
export function summary({
  output,
  bytes,
  frames,
  analysed,
  tracks,
  firstPts,
  lastPts,
  seconds,
  interrupted,
  info,
}: Outcome): string {
  const { num, den } = info.video.frameRate;
  const span = frames === 0 ? 0 : lastPts - (firstPts ?? 0) + den / num;
  const parts = [
    `${frames} frames${analysed === frames ? '' : ` (${analysed} through the network)`} in ${seconds.toFixed(1)} s`,
    `${(frames / seconds).toFixed(1)} fps`,
    `${(span / seconds).toFixed(2)}× real time`,
    `${tracks} ${tracks === 1 ? 'track' : 'tracks'}`,
    ...(bytes > 0 ? [`${(bytes / 1e6).toFixed(1)} MB`] : []),
  ];
  return `${output === '-' ? info.input : output}: ${interrupted ? 'interrupted; ' : ''}${parts.join(', ')}`;
}
