import type { EventOf, WireTrack } from '../../../src/protocol/events.ts';
import type { CellMap } from '../../../src/protocol/video.ts';

/** A map as it is drawn on a frame. */
export interface HeldMap {
  readonly map: CellMap;
  /** By how much of the picture's width and height it has moved with its track since the frame it was made of. */
  readonly shift: readonly [x: number, y: number];
}

export interface FrameMaps {
  add(ptsUs: number, maps: readonly CellMap[]): void;
  /** The maps of a frame: its own, or, for a short while, those of the frame before that had some. */
  of(ptsUs: number, event: EventOf<'frame'> | undefined): readonly HeldMap[];
  clear(): void;
}

const MOST = 600;
/** Frames between two that the network saw have no maps of their own; for longer than this theirs are not borrowed. */
const HOLD_US = 400_000;

type Centre = readonly [x: number, y: number];

/**
 * Keeps the maps of frames by their key. On a frame without maps of its own those of the last one are moved along with
 * their tracks' boxes, as the tracker predicts them; a map whose track is not there is not shown.
 */
export function createFrameMaps(): FrameMaps {
  const byTime = new Map<number, readonly CellMap[]>();
  let last: { ptsUs: number; maps: readonly CellMap[]; centres: ReadonlyMap<number, Centre> } | undefined;

  return {
    add(ptsUs, maps) {
      byTime.set(ptsUs, maps);
      if (byTime.size > MOST) byTime.delete(byTime.keys().next().value!);
    },
    of(ptsUs, event) {
      const own = byTime.get(ptsUs);
      const centres = new Map((event?.tracks ?? []).map((track) => [track.id, centreOf(track)]));
      if (own) {
        last = { ptsUs, maps: own, centres };
        return own.map((map) => ({ map, shift: [0, 0] }));
      }
      if (!last || !event || ptsUs < last.ptsUs || ptsUs - last.ptsUs > HOLD_US) return [];
      const { maps, centres: before } = last;
      return maps.flatMap((map) => {
        const from = before.get(map.track ?? 0);
        const to = centres.get(map.track ?? 0);
        return from && to ? [{ map, shift: [to[0] - from[0], to[1] - from[1]] as const }] : [];
      });
    },
    clear() {
      byTime.clear();
      last = undefined;
    },
  };
}

function centreOf({ boxNorm: [x0, y0, x1, y1] }: WireTrack): Centre {
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}
