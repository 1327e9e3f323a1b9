import type { Pending } from '../files/commit-together.ts';
import { openLineSink } from '../files/line-sink.ts';
import { RUN_FILE_VERSION, type RunFrame, type RunHeader, type RunLine, type RunTotals } from '../protocol/run-file.ts';
import { redactValues } from '../text/redact.ts';
import type { Size, Track } from '../types.ts';
import { type LabelOf, wireTrack } from './wire-track.ts';

/** Resolves once a slow reader has caught up; undefined if there is nothing to wait for. */
export type Written = Promise<void> | undefined;

/** Writes a run as NDJSON: a header, the frames, totals. One call at a time. */
export interface RunFile {
  /** Writes the first line. */
  header(header: Omit<RunHeader, 'type' | 'schema'>): Written;
  /** Writes the line of a frame. */
  frame(
    frame: { readonly index: number; readonly pts: number; readonly display: Size; readonly tracks: readonly Track[] },
    labelOf: LabelOf,
  ): Written;
  /** Writes the last line and puts the file in its place. @param others - Files that appear with it, or not at all. */
  totals(totals: Omit<RunTotals, 'type'>, ...others: readonly Pending[]): Promise<void>;
  /** Removes what was written; an old file stays as it was. */
  discard(): void;
}

/**
 * Opens a run file: the boxes of a run as NDJSON, as `heatbox annotate --json` writes them.
 *
 * @param path - The file, which appears when it is complete; `-` for stdout. A pipe or a device is written to at once.
 * @param input - The source, which must not be the file.
 * @throws HeatboxError `OUTPUT_…` where the file cannot be written, `OUTPUT_CLOSED` where the reader of a pipe has gone.
 */
export function openRunFile(path: string, input: string, force: boolean): RunFile {
  const sink = openLineSink(path, input, force);
  const line = (value: RunLine) => sink.write(`${JSON.stringify(value)}\n`);
  return {
    header: (header) => line({ type: 'header', schema: RUN_FILE_VERSION, ...redactValues(header) }),
    frame({ index, pts, display, tracks }, labelOf) {
      const frame: RunFrame = {
        type: 'frame',
        frame: index,
        pts,
        tracks: tracks.map((track) => wireTrack(track, display, labelOf)),
      };
      return line(frame);
    },
    async totals(totals, ...others) {
      await line({ type: 'totals', ...totals });
      sink.commit(...others);
    },
    discard: () => sink.discard(),
  };
}
