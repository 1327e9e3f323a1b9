/** Reads what `fuzz-media` sends it, as `annotate` and as `watch` would, until it is told to leave; it may die of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { HeatboxError } from '../../src/error.ts';
import { ratioOf, seconds } from '../../src/media/frames/av.ts';
import { openInput } from '../../src/media/input/open-input.ts';
import { videoReader } from '../../src/media/input/video-reader.ts';
import { openLiveInput } from '../../src/media/live/packets/live-input.ts';
import { liveReader } from '../../src/media/live/packets/live-reader.ts';
import { locate } from '../../src/media/live/source/locate.ts';

export interface Reading {
  /** Of the frames, in seconds. */
  readonly times: readonly number[];
  readonly warnings: readonly string[];
  /** `SOURCE_…`, or what is not supposed to happen. */
  readonly error?: string;
}

export interface Answer {
  readonly file: Reading;
  readonly live: Reading;
  readonly rss: number;
  readonly descriptors: number;
  readonly children: number;
}

type Into = { times: number[]; warnings: string[] };

Log.setLevel(AV_LOG_QUIET);

function readFile(input: string, { times, warnings }: Into): void {
  const opened = openInput(input);
  try {
    const reader = videoReader(opened, { input, threads: 1 }, (code, message) => warnings.push(`${code}: ${message}`));
    try {
      for (let timed = reader.next(() => {}); timed !== null; timed = reader.next(() => {})) {
        times.push(seconds(timed.ticks, ratioOf(opened.video.timeBase)));
        timed.frame.free();
      }
    } finally {
      reader.close();
    }
  } finally {
    opened.format.closeInputSync();
  }
}

async function readLive(input: string, { times, warnings }: Into): Promise<void> {
  const opened = await openLiveInput(input, locate(input), { onInterrupt: () => {}, complaints: () => [] });
  try {
    const reader = liveReader(opened, { threads: 1 }, (code, message) => warnings.push(`${code}: ${message}`));
    const timeBase = ratioOf(opened.video.timeBase);
    try {
      for (let packet = await reader.next(); ; packet = await reader.next()) {
        for (const { frame, ticks } of reader.decode(packet?.packet ?? null)) {
          times.push(seconds(ticks, timeBase));
          frame.free();
        }
        const misplaced = reader.misplaced();
        if (misplaced > 0) warnings.push(`skipped: ${misplaced} frames`);
        if (packet === null) break;
      }
    } finally {
      reader.close();
    }
  } finally {
    await opened.close();
  }
}

async function reading(read: (into: Into) => void | Promise<void>): Promise<Reading> {
  const into: Into = { times: [], warnings: [] };
  try {
    await read(into);
    return { ...into, warnings: [...new Set(into.warnings)] };
  } catch (error) {
    return { ...into, error: error instanceof HeatboxError ? error.code : String((error as Error).stack) };
  }
}

process.on('message', async (input: string) => {
  const file = await reading((into) => readFile(input, into));
  const live = await reading((into) => readLive(input, into));
  const tasks = readdirSync('/proc/self/task');
  const children = tasks.flatMap((task) => childrenOf(task)).length;
  globalThis.gc?.();
  const answer: Answer = {
    ...{ file, live, children },
    rss: process.memoryUsage.rss(),
    descriptors: readdirSync('/proc/self/fd').length,
  };
  process.send!(answer);
});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

function childrenOf(task: string): string[] {
  try {
    return readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean);
  } catch {
    return [];
  }
}
