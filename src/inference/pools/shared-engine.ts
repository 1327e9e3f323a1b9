import { HeatboxError } from '../../error.ts';
import type { ClassMaps, ModelInput } from '../../types.ts';
import type { Engine } from '../engine.ts';
import { mapsOf } from './maps-of.ts';

/** Options of {@link shareEngine}. */
export interface SharedEngineOptions {
  /** Inputs a run of the network takes at most. */
  readonly batch: number;
  /** Milliseconds an idle network waits for a batch to fill up. */
  readonly wait: number;
  /** Told of each run. */
  readonly onRun?: (batchSize: number) => void;
  /** Told how many inputs wait, whenever that changes. */
  readonly onQueue?: (waiting: number) => void;
}

interface Request {
  readonly input: ModelInput;
  resolve(maps: ClassMaps): void;
  reject(error: unknown): void;
}

/**
 * Lets several streams use one engine. Batches are filled across the streams, in turn: each stream that has an input
 * waiting gives one before any gives a second, and the first place goes round, so that a fast stream cannot starve a slow
 * one. A batch has inputs of one size; the size of the stream whose turn it is. One function, since its parts share the
 * lanes, the turn and what runs.
 *
 * @returns a function that gives each stream an engine of its own. Closing such a one withdraws what waits of its stream;
 *   the engine behind them stays open.
 */
export function shareEngine(engine: Engine, { batch, wait, onRun, onQueue }: SharedEngineOptions): () => Engine {
  const { workers = 1 } = engine;
  const lanes: Request[][] = [];
  let turn = 0;
  let running = 0;
  let timer: NodeJS.Timeout | undefined;

  const waiting = () => lanes.reduce((sum, lane) => sum + lane.length, 0);

  function wake(): void {
    onQueue?.(waiting());
    if (running >= workers || waiting() === 0) return;
    if (waiting() >= Math.min(batch, lanes.length)) run();
    else timer ??= setTimeout(run, wait);
  }

  function run(): void {
    clearTimeout(timer);
    timer = undefined;
    if (running >= workers) return;
    const requests = takeBatch();
    if (requests.length === 0) return;
    running++;
    onRun?.(requests.length);
    engine
      .run(requests.map(({ input }) => input))
      .then(
        (maps) => {
          for (const [position, request] of requests.entries()) request.resolve(maps[position]!);
        },
        (error: unknown) => {
          for (const request of requests) request.reject(error);
        },
      )
      .finally(() => {
        running--;
        wake();
      });
    wake();
  }

  function takeBatch(): Request[] {
    const taken: Request[] = [];
    const inTurn = lanes.map((_, position) => lanes[(turn + position) % lanes.length]!);
    const first = inTurn.findIndex((lane) => lane.length > 0);
    if (first < 0) return taken;
    const size = inTurn[first]![0]!.input;
    turn = (turn + first + 1) % lanes.length;
    const fits = ({ input }: Request) => input.width === size.width && input.height === size.height;
    for (let found = true; found && taken.length < batch; ) {
      found = false;
      for (const lane of inTurn) {
        if (lane.length === 0 || taken.length >= batch || !fits(lane[0]!)) continue;
        taken.push(lane.shift()!);
        found = true;
      }
    }
    return taken;
  }

  return () => {
    const lane: Request[] = [];
    lanes.push(lane);
    return {
      provider: engine.provider,
      precision: engine.precision,
      ...mapsOf(engine),
      async run(inputs) {
        const maps = inputs.map(
          (input) => new Promise<ClassMaps>((resolve, reject) => lane.push({ input, resolve, reject })),
        );
        wake();
        return Promise.all(maps);
      },
      async close() {
        for (const { reject } of lane.splice(0))
          reject(new HeatboxError('ENGINE_GONE', 'the stream has left the engine'));
        lanes.splice(lanes.indexOf(lane), 1);
        turn = 0;
        onQueue?.(waiting());
      },
    };
  };
}
