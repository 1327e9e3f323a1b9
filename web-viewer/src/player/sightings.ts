import type { EventOf, WireTrack } from '../../../src/protocol/events.ts';

export interface Sightings {
  /** The event of a frame that is shown. */
  add(event: EventOf<'frame'>): void;
  /** Whether the network has seen a track lately, as of the newest frame. */
  isSeen(track: WireTrack): boolean;
}

/** The network takes only some of the frames: those between them do not make a track a guess. */
const LATELY_US = 600_000;

/** Remembers when each track of the present session was last seen. */
export function createSightings(): Sightings {
  let seenAt = new Map<number, number>();
  let session = '';
  let now = 0;
  return {
    add(event) {
      if (event.session !== session) seenAt = new Map();
      session = event.session;
      now = event.ptsUs;
      for (const { id, measured } of event.tracks) if (measured) seenAt.set(id, now);
      for (const [id, at] of seenAt) if (now - at > LATELY_US) seenAt.delete(id);
    },
    isSeen: ({ id }) => seenAt.has(id),
  };
}
