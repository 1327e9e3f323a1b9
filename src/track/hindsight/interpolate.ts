import type { Track } from '../../types.ts';
import { between } from '../boxes.ts';

/**
 * The tracks of a frame between two frames the network has seen. A track of both moves linearly; one that only the frame
 * before has stays through the first half, one that only the frame after has appears with the second.
 *
 * @param before What the tracker said of the frame before.
 * @param after What it said of the frame after.
 * @param share How far the frame lies from one to the other, 0 to 1. At 0 and at 1 the given tracks come back as they are.
 * @returns By id; none `measured` but at the ends, none `ended`.
 */
export function interpolateTracks(before: readonly Track[], after: readonly Track[], share: number): Track[] {
  if (share <= 0) return [...before];
  if (share >= 1) return [...after];
  const later = new Map(after.filter(isAlive).map((track) => [track.id, track]));
  const tracks: Track[] = [];
  for (const track of before.filter(isAlive)) {
    const next = later.get(track.id);
    later.delete(track.id);
    if (next) tracks.push(blend(track, next, share));
    else if (share < 0.5) tracks.push({ ...track, measured: false });
  }
  if (share >= 0.5) for (const track of later.values()) tracks.push({ ...track, measured: false });
  return tracks.sort((a, b) => a.id - b.id);
}

function blend(from: Track, to: Track, share: number): Track {
  const mix = (a: number, b: number) => a + (b - a) * share;
  const nearer = share < 0.5 ? from : to;
  return {
    ...nearer,
    score: mix(from.score, to.score),
    box: between(from.box, to.box, share),
    // What the frame after knows holds for this one: a confirmed track was there before, a track lost only now was not lost.
    state: from.state === 'tentative' ? to.state : from.state,
    measured: false,
    peak: { x: mix(from.peak.x, to.peak.x), y: mix(from.peak.y, to.peak.y) },
    velocity: { x: mix(from.velocity.x, to.velocity.x), y: mix(from.velocity.y, to.velocity.y) },
  };
}

function isAlive({ state }: Track): boolean {
  return state !== 'ended';
}
