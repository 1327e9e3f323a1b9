import type { EventLog } from '../../../src/events/log/log.ts';
import type { EventDraft } from '../../../src/protocol/events.ts';
import type { AccessUnit, Rendition } from '../../../src/protocol/video.ts';
import type { VideoFeed } from '../../../src/server/video/feed.ts';
import type { Size } from '../../../src/types.ts';
import { atEnd } from '../../support/at-end.ts';
import { type Clip, FRAME_US, MARGIN, SIDE, squareAt } from './moving-square.ts';

export interface ProducerOptions {
  readonly feed: VideoFeed;
  readonly log: EventLog;
  readonly stream?: string;
  /** Played one behind the other, the last one again and again; each is a session. */
  readonly clips: readonly Clip[];
  /** Time that the network takes for a frame beside its usual one, milliseconds. */
  readonly lateMs?: number;
  /** The source waits for the network. */
  readonly lossless?: boolean;
  /** Bytes that each access unit is made larger by. */
  readonly padding?: number;
}

/** Frames whose event never comes. */
export const isWithheld = (n: number) => n % 10 === 7;
/** Time that the network takes for a frame, milliseconds: never the same, less than what viewers wait. */
const thinkingMs = (n: number) => 40 + ((n * 37) % 100);

/** Plays clips into a feed at their own pace, each frame's event some time behind its video, until the test is over. */
export function produce({
  feed,
  log,
  stream = 'door',
  clips,
  padding = 0,
  lateMs = 0,
  lossless = false,
}: ProducerOptions): void {
  let demand: ReadonlySet<Rendition> = new Set();
  const watching = feed.demand.subscribe((renditions) => {
    demand = renditions;
  });
  const waiting = new Set<NodeJS.Timeout>();
  let run = 0;
  let startedAt = 0;
  let next = 0;
  let lastEventAt = 0;
  let clip = begin();

  const playing = setInterval(() => {
    const due = Math.floor((performance.now() - startedAt) / (FRAME_US / 1000));
    for (; next <= due && next < clip.units.length; next++) play(next);
    if (next >= clip.units.length) clip = begin();
  }, 5);
  atEnd(() => {
    clearInterval(playing);
    for (const timer of waiting) clearTimeout(timer);
    watching.unsubscribe();
  });

  function begin(): Clip {
    const chosen = clips[Math.min(run, clips.length - 1)]!;
    run++;
    startedAt = performance.now();
    next = 0;
    const { display } = chosen.config;
    feed.config('source', { session: session(), ...chosen.config, lossless });
    const at = { stream, session: session(), pts: null, ptsUs: null };
    log.publish({ ...at, type: 'stream.started', size: display, frameRate: 25, live: true });
    log.publish({ ...at, type: 'stream.state', state: 'live', reason: null });
    return chosen;
  }

  function session(): string {
    return `s${run}`;
  }

  /** The unit of this place in decode order, and the picture of this place in order of presentation. */
  function play(n: number): void {
    feed.unit('source', padded(clip.units[n]!, padding));
    if (demand.has('jpeg')) feed.jpeg(session(), n * FRAME_US, clip.jpegs[n]!);
    if (isWithheld(n)) return;
    const event = frameEvent(stream, session(), n, clip.config.display);
    lastEventAt = Math.max(lastEventAt, performance.now() + thinkingMs(n) + lateMs);
    const timer = setTimeout(() => {
      waiting.delete(timer);
      log.publish(event);
    }, lastEventAt - performance.now());
    waiting.add(timer);
  }
}

/** Filler data (NAL unit type 12), which decoders leave out. */
function padded(unit: AccessUnit, padding: number): AccessUnit {
  if (padding === 0) return unit;
  const filler = Buffer.concat([Buffer.from([0, 0, 0, 1, 0x0c]), Buffer.alloc(padding, 0xff), Buffer.from([0x80])]);
  return { ...unit, data: Buffer.concat([unit.data, filler]) };
}

function frameEvent(stream: string, session: string, n: number, size: Size): EventDraft {
  const { x, y } = squareAt(n);
  const box = [x - MARGIN, y - MARGIN, x + SIDE + MARGIN, y + SIDE + MARGIN] as [number, number, number, number];
  const [x0, y0, x1, y1] = box;
  const { width, height } = size;
  return {
    type: 'frame',
    stream,
    session,
    pts: (n * FRAME_US) / 1e6,
    ptsUs: n * FRAME_US,
    size,
    frame: n,
    measured: true,
    tracks: [
      {
        id: 1,
        label: 'square',
        classIndex: 1,
        wnid: 'n10000001',
        score: 0.9,
        box,
        boxNorm: [x0 / width, y0 / height, x1 / width, y1 / height],
        state: 'confirmed',
        measured: true,
        peak: [x + SIDE / 2, y + SIDE / 2],
      },
    ],
  };
}
