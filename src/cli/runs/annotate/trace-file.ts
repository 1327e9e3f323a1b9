import { openFileSink } from '../../../files/line-sink.ts';
import { version } from '../../../files/version.ts';
import { clock, type Profile, type Slice } from '../../../threads/notes.ts';

/** A profile in Chrome's trace format, which Perfetto and `chrome://tracing` open. */
export interface TraceFile extends Profile {
  /** Writes what has come. @throws HeatboxError `OUTPUT_WRITE` */
  flush(): void;
  /** Writes the end and puts the file in its place. @throws HeatboxError `OUTPUT_WRITE` */
  commit(): void;
  /** Removes what was written; an old file stays as it was. */
  discard(): void;
}

/** Frames whose numbers are remembered: more than can be between the decoder and the muxer. */
const MOST_FRAMES = 4096;

/**
 * Each thread is a track, each thing it did a complete event with the numbers and pts of its frames; times are microseconds
 * from the opening of the file.
 *
 * @param input - The source, which must not be the file.
 * @throws HeatboxError `OUTPUT_…` where the file cannot be written.
 */
export function openTraceFile(path: string, input: string, force: boolean): TraceFile {
  const sink = openFileSink(path, input, force);
  const origin = clock();
  const numbers = new Map<number, number>();
  const threads = new Map<string, number>();
  const head = { displayTimeUnit: 'ms', otherData: { heatbox: version } };
  let pending = `${JSON.stringify(head).slice(0, -1)},"traceEvents":[\n`;
  let separator = '';

  function event(fields: object): void {
    pending += separator + JSON.stringify({ pid: process.pid, ...fields });
    separator = ',\n';
  }

  function threadId(name: string): number {
    const known = threads.get(name);
    if (known !== undefined) return known;
    const tid = threads.size + 1;
    threads.set(name, tid);
    event({ ph: 'M', name: 'thread_name', tid, args: { name } });
    return tid;
  }

  function argsOf({ ptsUs }: Slice): object {
    if (ptsUs === undefined) return {};
    const frames = ptsUs.map((pts) => numbers.get(pts));
    const pts = ptsUs.map((value) => value / 1e6);
    return { args: ptsUs.length === 1 ? { frame: frames[0], pts: pts[0] } : { frames, pts } };
  }

  function flush(): void {
    sink.write(pending);
    pending = '';
  }

  event({ ph: 'M', name: 'process_name', args: { name: 'heatbox' } });
  return {
    frame(index, ptsUs) {
      numbers.set(ptsUs, index);
      if (numbers.size > MOST_FRAMES) numbers.delete(numbers.keys().next().value!);
    },
    slices(thread, slices) {
      const tid = threadId(thread);
      for (const slice of slices) {
        const ts = microseconds(slice.began - origin);
        const dur = microseconds(slice.began - origin + slice.milliseconds) - ts;
        event({ ph: 'X', name: slice.stage, tid, ts, dur, ...argsOf(slice) });
      }
    },
    flush,
    commit() {
      pending += '\n]}\n';
      flush();
      sink.commit();
    },
    discard: () => sink.discard(),
  };
}

/** Whole ones, so that what lies within another slice does so in the file too. */
function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}
