import { AV_NOPTS_VALUE } from 'node-av/constants';
import { pacer } from '../clock/pacer.ts';
import { ratioOf, seconds } from '../frames/av.ts';
import type { TimedFrame } from '../input/video-reader.ts';
import type { StartOptions } from '../protocol.ts';
import { lifeSigns } from './life-signs.ts';
import type { Live } from './open-live.ts';
import type { LivePacket } from './packets/live-reader.ts';

/** Reads and decodes a live source until its end or until it is told to stop. */
interface FrameReading {
  /** Resolves at the end, and once stopped. */
  run(): Promise<void>;
  /** Breaks off a read under way. */
  stop(): void;
  /** Goes on where there was no room for more frames. */
  makeRoom(): void;
}

interface ReadingOptions {
  readonly policy: NonNullable<StartOptions['policy']>;
  /** Whether there is no room for another frame, for which the lossless policy waits. */
  readonly isFull: () => boolean;
  /** Called with each decoded frame, which it takes over. */
  readonly onFrame: (timed: TimedFrame) => void;
  /** Called with the number of frames that came out of their order and were left out. */
  readonly onMisplaced: (count: number) => void;
  /** Called at most twice a second while the source is alive. */
  readonly onAlive: () => void;
}

export function frameReading(
  live: Live,
  { policy, isFull, onFrame, onMisplaced, onAlive }: ReadingOptions,
): FrameReading {
  const { input, reader, take } = live;
  const timeBase = ratioOf(input.video.timeBase);
  const stopping = new AbortController();
  const life = lifeSigns(onAlive);
  let room: (() => void) | undefined;

  function makeRoom(): void {
    room?.();
    room = undefined;
  }

  return {
    makeRoom,
    async run() {
      const pace = policy === 'latest' && input.paced ? pacer(stopping.signal) : undefined;
      let flushed = false;
      while (!stopping.signal.aborted && !flushed) {
        if (policy === 'lossless' && isFull()) {
          await life.during(
            new Promise<void>((resolve) => {
              room = resolve;
            }),
          );
          continue;
        }
        const packet = await reader.next();
        if (packet === null) flushed = true;
        else {
          const time = decodingTime(packet);
          if (time !== AV_NOPTS_VALUE && pace) await life.during(pace(seconds(time, timeBase)));
          take(packet);
        }
        const frames = reader.decode(packet?.packet ?? null);
        life.packet(reader.intact(), frames.length);
        for (const timed of frames) onFrame(timed);
        const misplaced = reader.misplaced();
        if (misplaced > 0) onMisplaced(misplaced);
      }
    },
    stop() {
      stopping.abort();
      input.interrupt();
      makeRoom();
    },
  };
}

function decodingTime({ packet: { dts, pts } }: LivePacket): bigint {
  return dts === AV_NOPTS_VALUE ? pts : dts;
}
