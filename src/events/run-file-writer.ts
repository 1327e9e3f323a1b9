import { closeSync, openSync, writeSync } from 'node:fs';
import { HeatboxError } from '../error.ts';
import { type OutputFile, planOutput } from '../output-file.ts';
import type { Size, Track } from '../types.ts';
import { RUN_FILE_VERSION, type RunFrame, type RunHeader, type RunLine, type RunTotals } from './run-file.ts';
import { type LabelOf, wireTrack } from './wire-track.ts';

/** Writes a run as NDJSON: a header, the frames, totals. */
export interface RunFile {
  header(header: Omit<RunHeader, 'type' | 'schema'>): void;
  frame(
    frame: { readonly index: number; readonly pts: number; readonly display: Size; readonly tracks: readonly Track[] },
    labelOf: LabelOf,
  ): void;
  /** Writes the last line and puts the file in its place. */
  totals(totals: Omit<RunTotals, 'type'>): void;
  /** Removes what was written; an old file stays as it was. */
  discard(): void;
}

const BUFFER = 64 * 1024;

/**
 * @param path - The file, which appears when it is complete; `-` for stdout.
 * @param input - The source, which must not be the file.
 * @throws HeatboxError `OUTPUT_…` where the file cannot be written.
 */
export function openRunFile(path: string, input: string, force: boolean): RunFile {
  const target: OutputFile | undefined = path === '-' ? undefined : planOutput(path, input, force);
  const descriptor = target === undefined ? process.stdout.fd : openSync(target.temporary, 'w');
  let buffered = '';
  let open = true;

  function line(value: RunLine): void {
    buffered += `${JSON.stringify(value)}\n`;
    // A pipe's reader gets each frame as it comes.
    if (target === undefined || buffered.length >= BUFFER) flush();
  }

  function flush(): void {
    const bytes = Buffer.from(buffered);
    buffered = '';
    for (let offset = 0; offset < bytes.length; ) {
      try {
        offset += writeSync(descriptor, bytes, offset);
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code;
        if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
        else
          throw new HeatboxError('OUTPUT_WRITE', `could not write ${path}: ${code}`, {
            value: path,
            cause,
            hint: 'Check the free space, and that the reader of a pipe is still there.',
          });
      }
    }
  }

  function close(): void {
    if (open && target !== undefined) closeSync(descriptor);
    open = false;
  }

  return {
    header: (header) => line({ type: 'header', schema: RUN_FILE_VERSION, ...header }),
    frame({ index, pts, display, tracks }, labelOf) {
      const frame: RunFrame = {
        type: 'frame',
        frame: index,
        pts,
        tracks: tracks.map((track) => wireTrack(track, display, labelOf)),
      };
      line(frame);
    },
    totals(totals) {
      line({ type: 'totals', ...totals });
      flush();
      close();
      target?.commit();
    },
    discard() {
      close();
      target?.discard();
    },
  };
}
