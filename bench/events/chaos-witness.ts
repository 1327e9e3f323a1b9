import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Subscription } from 'rxjs';
import { events } from '../../src/client/node.ts';
import { EVENT_TYPES } from '../../src/protocol/constants.ts';

/** What every number was seen to mean, by anybody. */
export interface Meanings {
  note(epoch: string, seq: number, text: string): void;
  readonly numbers: number;
  /** Numbers that were seen to mean two things. */
  readonly twofold: number;
}

export function createMeanings(): Meanings {
  const texts = new Map<string, string>();
  const twofold = new Set<string>();
  return {
    note(epoch, seq, text) {
      const key = `${epoch} ${seq}`;
      const before = texts.get(key);
      if (before === undefined) texts.set(key, text);
      else if (before !== text) twofold.add(key);
    },
    get numbers() {
      return texts.size;
    },
    get twofold() {
      return twofold.size;
    },
  };
}

/** A subscriber that writes down what it gets, and what it is told it does not. */
export interface Watcher {
  readonly events: number;
  readonly connections: number;
  /** Events that came twice, or behind a later one. */
  readonly misordered: number;
  readonly gaps: number;
  /** Numbers that it neither got nor was told of. */
  readonly untold: number;
  /** The last number it knows of. */
  readonly position: { readonly epoch: string; readonly seq: number };
  readonly error: unknown;
  stop(): void;
}

export function watch(url: string, delivery: 'every' | 'latest', meanings: Meanings): Watcher {
  let epoch = '';
  let next = 1;
  let last = 0;
  let count = 0;
  let connections = 0;
  let misordered = 0;
  let gaps = 0;
  let untold = 0;
  let failure: unknown;
  const subscription: Subscription = events(url, {
    from: 1,
    delivery,
    filters: { types: [...EVENT_TYPES] },
    retry: { firstMs: 50, longestMs: 500 },
    onNotice(notice) {
      if (notice.type === 'connected') {
        connections++;
        if (epoch !== '' && notice.hello.epoch !== epoch) [next, last] = [1, 0];
        epoch = notice.hello.epoch;
      } else if (notice.type === 'gap' && notice.epoch === epoch && notice.to !== null) {
        gaps++;
        if (notice.from <= next) next = Math.max(next, notice.to + 1);
      } else if (notice.type === 'live') last = Math.max(last, notice.seq);
    },
  }).subscribe({
    next(event) {
      count++;
      meanings.note(epoch, event.seq, JSON.stringify(event));
      if (event.seq < next) misordered++;
      if (delivery === 'every') untold += Math.max(0, event.seq - next);
      next = event.seq + 1;
    },
    error(error) {
      failure = error;
    },
  });
  return {
    get events() {
      return count;
    },
    get connections() {
      return connections;
    },
    get misordered() {
      return misordered;
    },
    get gaps() {
      return gaps;
    },
    get untold() {
      return untold;
    },
    get position() {
      return { epoch, seq: Math.max(next - 1, last) };
    },
    get error() {
      return failure;
    },
    stop: () => subscription.unsubscribe(),
  };
}

/** Reads what the log has on disk. @returns the number of lines that come twice or behind a later one. */
export async function readLog(folder: string, epoch: string, meanings: Meanings): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
  let last = 0;
  let misordered = 0;
  for (const name of names) {
    const lines = (await readFile(join(folder, name), 'utf8')).split('\n').slice(0, -1);
    for (const line of lines) {
      const { seq } = JSON.parse(line) as { seq: number };
      meanings.note(epoch, seq, line);
      if (seq <= last) misordered++;
      last = Math.max(last, seq);
    }
  }
  return misordered;
}
