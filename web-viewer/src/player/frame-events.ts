import type { EventOf } from '../../../src/protocol/events.ts';
import { frameName } from './decode/frames.ts';

export interface FrameEvents {
  add(event: EventOf<'frame'>): void;
  get(session: string, ptsUs: number): EventOf<'frame'> | undefined;
  /** Whether the event of a frame is here, or will not come any more, since that of a later frame is here. */
  isSettled(session: string, ptsUs: number): boolean;
}

/** Some twenty seconds of video: enough for a paused one to be gone through. */
const MOST = 1200;

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
    isSettled: (session, ptsUs) =>
      (newest?.session === session && newest.ptsUs >= ptsUs) || events.has(frameName(session, ptsUs)),
  };
}
