import { Subscription } from 'rxjs';
import { normalise } from '../src/cam/normalise.ts';
import type { LiveSource, VideoEvent } from '../src/media/source.ts';
import type { TrackedFrame } from '../src/operators/track.ts';
import type { CellMap } from '../src/protocol/video.ts';
import type { VideoFeed } from '../src/server/video/feed.ts';
import type { Track } from '../src/types.ts';

/**
 * Passes a session's video on to those who watch, and tells the source what they want.
 *
 * @param lossless - The source waits for the network, so that viewers can wait for the boxes of each frame.
 * @returns what ends it; the feed stays open for the next session.
 */
export function feedVideo(source: LiveSource, session: string, feed: VideoFeed, lossless: boolean): Subscription {
  const pass = (event: VideoEvent) => {
    if (event.type === 'config') feed.config(event.rendition, { session, ...event.config, lossless });
    else if (event.type === 'unit') feed.unit(event.rendition, event);
    else if (event.type === 'picture') feed.jpeg(session, event.ptsUs, event.jpeg);
  };
  const subscription = new Subscription();
  subscription.add(source.video.subscribe(pass));
  subscription.add(feed.demand.subscribe(source.demand));
  return subscription;
}

/**
 * Makes of each frame the heat maps that are new with it: those the network has found since the frame before, also where
 * they were late for their own frame.
 *
 * @param nameOf - What a track is called.
 */
export function cellMaps(nameOf: (track: Track) => string): (frame: TrackedFrame) => CellMap[] {
  const shown = new Map<number, Track['map']>();
  return ({ tracks }) => {
    const maps: CellMap[] = [];
    for (const track of tracks) {
      const { id, map, score, state } = track;
      if (state === 'ended') shown.delete(id);
      else if (map !== undefined && shown.get(id) !== map) {
        shown.set(id, map);
        const { rows, cols, data } = normalise(map);
        maps.push({
          label: nameOf(track),
          track: id,
          score,
          rows,
          cols,
          data: Uint8Array.from(data, (x) => x * 255 + 0.5),
        });
      }
    }
    return maps;
  };
}
