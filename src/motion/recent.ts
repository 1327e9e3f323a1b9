import type { ModelInput } from '../types.ts';
import { type Luma, lumaOf } from './luma.ts';

/** A picture and the one before it that motion is told by. */
export interface Pair {
  readonly now: Luma;
  /** Absent where there is none, or none near enough in time or of the same size. */
  readonly before?: Luma;
}

/**
 * Seconds between the two, at least and at most: in less, objects hardly move at the size the network sees; after more, the
 * camera may have moved too far.
 */
const LEAST = 0.03;
const MOST = 0.25;

/** Remembers the pictures of the last moments of a stream, small and grey, and pairs each with the one before it. */
export function recentPictures(): (input: ModelInput, pts: number) => Pair {
  let recent: { readonly pts: number; readonly luma: Luma }[] = [];
  return (input, pts) => {
    const now = lumaOf(input);
    const usable = recent.filter(
      ({ pts: past, luma }) =>
        past < pts && pts - past <= MOST && luma.width === now.width && luma.height === now.height,
    );
    const before = usable.findLast(({ pts: past }) => pts - past >= LEAST) ?? usable[0];
    recent = [...usable.filter((one) => before === undefined || one.pts >= before.pts), { pts, luma: now }];
    return { now, ...(before && { before: before.luma }) };
  };
}
