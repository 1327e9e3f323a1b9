import type { TrackedFrame } from '../../../operators/track.ts';

/** What a run has come to so far. */
export interface Tally {
  frames: number;
  /** Frames the network ran on. */
  analysed: number;
  boxes: number;
  /** Ids of confirmed tracks. */
  readonly tracks: Set<number>;
  /** Seconds. */
  firstPts: number;
  lastPts: number;
}

export function newTally(): Tally {
  return { frames: 0, analysed: 0, boxes: 0, tracks: new Set(), firstPts: 0, lastPts: 0 };
}

/** @param followed - Whether the frame's tracks are followed over time; else each is of this frame only. */
export function count(tally: Tally, { pts, localisations, tracks }: TrackedFrame, followed: boolean): void {
  if (tally.frames++ === 0) tally.firstPts = pts;
  tally.lastPts = pts;
  if (localisations !== undefined) tally.analysed++;
  for (const { id, state } of tracks) {
    if (state !== 'ended') tally.boxes++;
    if (followed && state === 'confirmed') tally.tracks.add(id);
  }
}
