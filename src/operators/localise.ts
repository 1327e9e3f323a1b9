import { Observable, type OperatorFunction } from 'rxjs';
import { type CamOptions, localiseMaps } from '../cam/localise-maps.ts';
import { smoothProbabilities } from '../cam/smooth-probabilities.ts';
import { softmax } from '../cam/softmax.ts';
import { checkOption } from '../error.ts';
import type { Engine } from '../inference/engine.ts';
import type { SourceFrame } from '../media/source.ts';
import { mapsOverTime } from '../motion/maps-over-time.ts';
import { type Pair, recentPictures } from '../motion/recent.ts';
import { clock, type Note } from '../threads/notes.ts';
import type { ClassMaps, Localisation } from '../types.ts';
import { attempt } from './attempt.ts';

export interface LocaliseOptions extends Partial<Omit<CamOptions, 'display' | 'grid' | 'probabilities' | 'overTime'>> {
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
  readonly note?: Note;
}

export interface LocalisedFrame extends SourceFrame {
  /** Absent on frames the network has not seen. */
  readonly localisations?: readonly Localisation[];
  /** It went on before, without its localisations: they are for who follows objects, and it is not to be shown again. */
  readonly late?: true;
}

/** Where no option says otherwise. */
export const LOCALISE_DEFAULTS = {
  topK: 1,
  minScore: 0.1,
  threshold: 0.5,
  batch: 4,
  wait: 30,
  policy: 'lossless',
} as const;

/** Batches under way for each run the engine does at once: one in the network, one at its door, so that it never idles. */
const RUNS_AHEAD = 2;

/**
 * Runs the network over the frames in batches and turns its class activation maps into localisations. Frames come out in
 * order, each held until it has come out; the source's credits bound how many are here.
 *
 * With a namer, groups are chosen by the evidence of the last second, since one frame alone is often mistaken. Maps are
 * improved by motion and by those of the moment before.
 *
 * @example
 * source.frames({ inputSize }).pipe(localise({ engine, threshold: 0.4 })).subscribe(({ pts, localisations }) => …)
 *
 * Errors with HeatboxError `BAD_OPTION` where an option is out of range.
 */
export function localise(options: LocaliseOptions): OperatorFunction<SourceFrame, LocalisedFrame> {
  const { engine, batch, wait, policy, patience, namer, note, ...same } = { ...LOCALISE_DEFAULTS, ...options };
  const { workers = 1 } = engine;
  const runsAhead = RUNS_AHEAD * workers;
  const cam = { ...same, ...(namer && { namer }) };
  return (source) =>
    new Observable((subscriber) => {
      checkOption(Number.isInteger(batch) && batch > 0, 'batch', batch, 'a whole number above 0');
      interface Entry {
        readonly frame: SourceFrame;
        readonly release: () => void;
        readonly pair?: Pair;
        /** What the network saw, if it has and was to. */
        maps?: ClassMaps;
        done: boolean;
        /** It is out already, and its input still in the network's hands. */
        late?: true;
        timer?: NodeJS.Timeout;
      }
      const late = new Set<Entry>();
      const smooth = namer ? smoothProbabilities() : (probabilities: Float32Array) => probabilities;
      const overTime = mapsOverTime();
      const pairUp = recentPictures();
      const queue: Entry[] = [];
      let unseen: Entry[] = [];
      let running = 0;
      let complete = false;
      let timer: NodeJS.Timeout | undefined;

      function emitReady(): void {
        for (let head = queue[0]; head?.done && !subscriber.closed; head = queue[0]) {
          const { frame, maps, release } = head;
          const result = maps === undefined ? frame : localised(head, maps);
          queue.shift();
          subscriber.next(result);
          if (!head.late) release();
        }
        if (complete && queue.length === 0) subscriber.complete();
      }

      /** In the order of the frames, whichever batch was done first: the evidence of the last second goes into it. */
      function localised({ frame, pair }: Entry, maps: ClassMaps): LocalisedFrame {
        const began = clock();
        const { display, pts, ptsUs } = frame;
        const grid = { width: frame.input!.width, height: frame.input!.height };
        const probabilities = smooth(softmax(maps.logits), pts);
        const told = { ...cam, display, grid, probabilities, overTime: overTime(pts, pair) };
        const localisations = localiseMaps(maps, told);
        maps.release?.();
        note?.('localise', began, ptsUs);
        return { ...frame, localisations };
      }

      function dispatch(): void {
        while (running < runsAhead && unseen.length >= (complete ? 1 : batch)) run(unseen.splice(0, batch));
        if (unseen.length > 0 && running === 0) timer ??= setTimeout(() => run(unseen.splice(0, batch)), wait);
      }

      function run(entries: Entry[]): void {
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

      function settle(entry: Entry, maps: ClassMaps): void {
        clearTimeout(entry.timer);
        if (entry.late) {
          late.delete(entry);
          subscriber.next({ ...localised(entry, maps), late: true });
          entry.release();
          return;
        }
        entry.maps = maps;
        entry.done = true;
      }

      function goWithout(entry: Entry): void {
        entry.late = true;
        entry.done = true;
        late.add(entry);
        emitReady();
      }

      const subscription = source.subscribe({
        next: (frame) =>
          attempt(subscriber, () => {
            const began = clock();
            if (frame.glimpse) pairUp(frame.glimpse, frame.glimpse.pts);
            const pair = frame.input && pairUp(frame.input, frame.pts);
            note?.('picture', began, frame.ptsUs);
            const entry: Entry = { frame, release: frame.hold(), ...(pair && { pair }), done: false };
            queue.push(entry);
            if (frame.input === undefined || (policy === 'latest' && running >= workers)) {
              entry.done = true;
              emitReady();
            } else {
              if (patience !== undefined && policy === 'latest')
                entry.timer = setTimeout(() => attempt(subscriber, () => goWithout(entry)), patience);
              unseen.push(entry);
              dispatch();
            }
          }),
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
