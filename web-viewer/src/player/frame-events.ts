import type { EventOf } from '../../../src/protocol/events.ts';
import { frameName } from './decode/frames.ts';

export interface FrameEvents {
  add(event: EventOf<'frame'>): void;
  get(session: string, ptsUs: number): EventOf<'frame'> | undefined;
  /** The newest event of the second before a frame. */
  before(session: string, ptsUs: number): EventOf<'frame'> | undefined;
  /** Whether the event of a frame is here, or will not come any more, since that of a later frame is here. */
  isSettled(session: string, ptsUs: number): boolean;
}

/** Some twenty seconds of video: enough for a paused one to be gone through. */
const MOST = 1200;
/** Boxes of a frame older than this are not worth showing. */
const HOLD_US = 1_000_000;

/** Keeps the newest `frame` events until their pictures come, which may be later or earlier. */
export function createFrameEvents(): FrameEvents {
  const events = new Map<string, EventOf<'frame'>>();
  let newest: EventOf<'frame'> | undefined;
  return {
    add(event) {
      newest = event;
      events.set(frameName(event.session, event.ptsUs), event);
      if (events.size > MOST) events.delete(events.keys().next().value!);
    },
    get: (session, ptsUs) => events.get(frameName(session, ptsUs)),
    before(session, ptsUs) {
      let found: EventOf<'frame'> | undefined;
      for (const event of events.values()) {
        const age = ptsUs - event.ptsUs;
        if (event.session === session && age > 0 && age <= HOLD_US && event.ptsUs >= (found?.ptsUs ?? 0)) found = event;
      }
      return found;
    },
    isSettled: (session, ptsUs) =>
      (newest?.session === session && newest.ptsUs >= ptsUs) || events.has(frameName(session, ptsUs)),
  };
}
