import { frameKeys } from '../../../src/events/frame-key.ts';
import { trackEvents } from '../../../src/events/track-events.ts';
import type { EventDraft } from '../../../src/protocol/events.ts';
import type { Label, Track } from '../../../src/types.ts';

const SIZE = { width: 1280, height: 720 };
const NAMES = ['cockatoo', 'tabby', 'flowerpot', 'sports car'];

export function labelOf(index: number): Label {
  const name = NAMES[index % NAMES.length] as string;
  return { index, wnid: `n${String(10_000_000 + index)}`, name, names: [name] };
}

/** A track that moves to the right at 100 pixels a second. */
export function track(id: number, pts: number, change: Partial<Track> = {}): Track {
  const x = 20 * id + 100 * pts;
  return {
    id,
    classIndex: id % NAMES.length,
    score: 0.5 + (id % 5) / 10,
    box: [x, 40, x + 100, 140],
    state: 'confirmed',
    measured: true,
    peak: { x: x + 50, y: 90 },
    velocity: { x: 100, y: 0 },
    ...change,
  };
}

export interface SyntheticOptions {
  readonly stream?: string;
  readonly session?: string;
  readonly fps?: number;
  /** Tracks in view at a time; each lives for `life` frames. */
  readonly tracks?: number;
  readonly life?: number;
}

/** A producer without video: call it for the events of each next frame. */
export function syntheticStream({
  stream = 'door',
  session = 's1',
  fps = 25,
  tracks = 2,
  life = 20,
}: SyntheticOptions = {}): { start(): EventDraft[]; next(): EventDraft[]; end(): EventDraft[] } {
  const events = trackEvents({ stream, session, labelOf });
  const key = frameKeys();
  let frame = 0;
  const state = (name: 'live' | 'ended'): EventDraft => ({
    stream,
    session,
    type: 'stream.state',
    pts: null,
    ptsUs: null,
    state: name,
    reason: null,
  });
  return {
    start: () => [
      { stream, session, type: 'stream.started', pts: null, ptsUs: null, size: SIZE, frameRate: fps, live: true },
      state('live'),
    ],
    next() {
      const pts = frame / fps;
      const generation = Math.floor(frame / life);
      frame++;
      const present = Array.from({ length: tracks }, (_, index) => track(generation * tracks + index + 1, pts % 10));
      return events.frame({ pts, ptsUs: key(pts), size: SIZE, measured: true, tracks: present });
    },
    end: () => [...events.end(), state('ended')],
  };
}
