import { Observable, type OperatorFunction } from 'rxjs';
import { checkOption } from '../error.ts';
import type { Engine } from '../inference/engine.ts';
import type { SourceFrame } from '../media/source.ts';
import { networkOptions } from '../options/analysis.ts';
import type { ClassMaps } from '../types.ts';
import { attempt } from './attempt.ts';

/** How frames go through the network. */
export interface NetworkOptions {
  /** What runs the network. It stays open. */
  readonly engine: Engine;
  /** Frames a run of the network takes at most. */
  readonly batch?: number;
  /** Milliseconds an idle network waits for a batch to fill before it takes what is there. */
  readonly wait?: number;
  /**
   * `lossless`, the default: every frame with an input is seen, and the decoder waits for the network. `latest`: a frame
   * that comes while the network is busy passes unseen, so that what it sees next is the newest.
   */
  readonly policy?: 'lossless' | 'latest';
  /**
   * Milliseconds a frame waits for the network at most, with `latest`; for ever where absent. After that it goes on as if
   * unseen, and what the network says of it follows as a frame marked `late`.
   */
  readonly patience?: number;
}

/** What the network adds to a frame. */
export interface Seen {
  /** Absent on frames the network has not seen. Whoever takes them releases them. */
  readonly maps?: ClassMaps;
  /** The network is still at it: what it says follows as a frame marked `late`. */
  readonly awaited?: true;
  /** It went on before, without its maps: they are for who follows objects, and it is not to be shown again. */
  readonly late?: true;
}

/** Where no option says otherwise. */
export const NETWORK_DEFAULTS = { batch: networkOptions.batch.default, wait: 30, policy: 'lossless' } as const;

/** Batches under way for each run the engine does at once: one in the network, one at its door, so that it never idles. */
const RUNS_AHEAD = 2;

/** A frame on its way through. */
interface Entry<Frame> {
  readonly frame: Frame;
  readonly release: () => void;
  /** What the network saw, if it has and was to. */
  maps?: ClassMaps;
  done: boolean;
  /** It is out already, and its input still in the network's hands. */
  late?: true;
  timer?: NodeJS.Timeout;
}

/**
 * Runs the network over the frames in batches. Frames come out in order, each held until it has come out; the source's
 * credits bound how many are here. One long function, since all its steps share the queue and what is under way.
 *
 * Errors with HeatboxError `BAD_OPTION` where the batch is no whole number above 0, and as the engine does.
 */
export function runNetwork<Frame extends SourceFrame>(options: NetworkOptions): OperatorFunction<Frame, Frame & Seen> {
  const { engine, patience } = options;
  const { batch = NETWORK_DEFAULTS.batch, wait = NETWORK_DEFAULTS.wait, policy = NETWORK_DEFAULTS.policy } = options;
  const { workers = 1 } = engine;
  const runsAhead = RUNS_AHEAD * workers;
  return (source) =>
    new Observable((subscriber) => {
      checkOption(Number.isInteger(batch) && batch > 0, 'batch', batch, 'a whole number above 0');
      const queue: Entry<Frame>[] = [];
      const late = new Set<Entry<Frame>>();
      let unseen: Entry<Frame>[] = [];
      let running = 0;
      let complete = false;
      let timer: NodeJS.Timeout | undefined;

      function emitReady(): void {
        for (let head = queue[0]; head?.done && !subscriber.closed; head = queue[0]) {
          const { frame, maps, release, late } = head;
          queue.shift();
          subscriber.next({ ...frame, ...(maps && { maps }), ...(late && { awaited: true }) });
          if (!late) release();
        }
        if (complete && queue.length === 0) subscriber.complete();
      }

      function dispatch(): void {
        while (running < runsAhead && unseen.length >= (complete ? 1 : batch)) run(unseen.splice(0, batch));
        if (unseen.length > 0 && running === 0) timer ??= setTimeout(() => run(unseen.splice(0, batch)), wait);
      }

      function run(entries: Entry<Frame>[]): void {
        clearTimeout(timer);
        timer = undefined;
        running++;
        new Promise<ClassMaps[]>((resolve) => resolve(engine.run(entries.map(({ frame }) => frame.input!)))).then(
          (maps) =>
            attempt(subscriber, () => {
              if (subscriber.closed) return;
              running--;
              dispatch();
              for (const [position, entry] of entries.entries()) settle(entry, maps[position]!);
              emitReady();
            }),
          (error) => subscriber.error(error),
        );
      }

      function settle(entry: Entry<Frame>, maps: ClassMaps): void {
        clearTimeout(entry.timer);
        if (entry.late) {
          late.delete(entry);
          subscriber.next({ ...entry.frame, maps, late: true });
          entry.release();
          return;
        }
        entry.maps = maps;
        entry.done = true;
      }

      function goWithout(entry: Entry<Frame>): void {
        entry.late = true;
        entry.done = true;
        late.add(entry);
        emitReady();
      }

      function take(frame: Frame): void {
        const entry: Entry<Frame> = { frame, release: frame.hold(), done: false };
        queue.push(entry);
        if (frame.input === undefined || (policy === 'latest' && running >= workers)) {
          entry.done = true;
          emitReady();
          return;
        }
        if (patience !== undefined && policy === 'latest')
          entry.timer = setTimeout(() => attempt(subscriber, () => goWithout(entry)), patience);
        unseen.push(entry);
        dispatch();
      }

      const subscription = source.subscribe({
        next: (frame) => attempt(subscriber, () => take(frame)),
        error: (error) => subscriber.error(error),
        complete() {
          complete = true;
          dispatch();
          emitReady();
        },
      });
      return () => {
        clearTimeout(timer);
        unseen = [];
        for (const { release, timer } of [...queue.splice(0), ...late]) {
          clearTimeout(timer);
          release();
        }
        subscription.unsubscribe();
      };
    });
}
