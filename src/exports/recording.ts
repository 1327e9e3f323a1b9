import { stat } from 'node:fs/promises';
import { HeatboxError } from '../error.ts';
import type { WarningCode } from '../error-codes.ts';
import { readLines } from '../events/log/read-lines.ts';
import { listSegments } from '../events/log/segments.ts';
import { eventSchema, type HeatboxEvent, type WireTrack } from '../protocol/events.ts';
import { type RunHeader, type RunLine, runLineSchema } from '../protocol/run-file.ts';
import type { Size } from '../types.ts';

/** Which part of a recording is exported. */
export interface Selection {
  /** Only this stream. */
  readonly stream?: string;
  /** Only this session. */
  readonly session?: string;
}

/** One frame with its boxes, wherever it was recorded. */
export interface RecordedFrame {
  readonly stream: string;
  readonly session: string;
  readonly frame: number;
  readonly pts: number;
  readonly size: Size;
  readonly tracks: readonly WireTrack[];
}

/** Something recorded earlier: the log of a server, the events a client printed, or the NDJSON of a run. */
export interface Recording {
  readonly path: string;
  /** Every line that was selected, checked; may be read several times. */
  lines(): AsyncIterable<HeatboxEvent | RunLine>;
  /** The frames among them. */
  frames(): AsyncIterable<RecordedFrame>;
}

/**
 * Opens a log folder, or an NDJSON file of events or of a run. Nothing is kept in memory; a line that a crash left
 * unfinished, and in a log any damaged one, is passed over.
 *
 * @param warn Told `RUN_INCOMPLETE`, once, when a run that is read did not come to its end.
 * @throws HeatboxError `EXPORT_INPUT`; while reading `EXPORT_LINE`
 */
export async function openRecording(
  path: string,
  { stream, session }: Selection = {},
  warn: (code: WarningCode, message: string) => void = () => {},
): Promise<Recording> {
  const files = await filesOf(path);
  let warned = false;

  async function* lines(): AsyncGenerator<HeatboxEvent | RunLine> {
    for (const { file, isLog } of files) {
      let number = 0;
      let complete = true;
      for await (const chunk of readLines(file)) {
        for (const data of chunk) {
          number++;
          const line = parse(data.toString('utf8'));
          if (line === undefined && !isLog) throw badLine(file, number);
          if (line?.type === 'header') complete = false;
          if (line?.type === 'totals') complete = line.complete;
          if (line !== undefined && isSelected(line)) yield line;
        }
      }
      if (!complete && !warned) warn('RUN_INCOMPLETE', `${file} is of a run that did not come to its end`);
      warned ||= !complete;
    }
  }

  async function* frames(): AsyncGenerator<RecordedFrame> {
    let header: RunHeader | undefined;
    for await (const line of lines()) {
      if (line.type === 'header') header = line;
      if (line.type !== 'frame') continue;
      if ('seq' in line) yield line;
      else if (header) yield { ...line, stream: header.source, session: 'run', size: header.size };
    }
  }

  function isSelected(line: HeatboxEvent | RunLine): boolean {
    if (!('seq' in line)) return true;
    return (stream === undefined || line.stream === stream) && (session === undefined || line.session === session);
  }

  return { path, lines, frames };
}

async function filesOf(path: string): Promise<{ file: string; isLog: boolean }[]> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw badInput(path, `cannot be read: ${cause.code}`, cause);
  });
  if (!found.isDirectory()) return [{ file: path, isLog: false }];
  const segments = await listSegments(path);
  if (segments.length === 0) throw badInput(path, 'is a folder without a log in it');
  return segments.map((segment) => ({ file: segment.path, isLog: true }));
}

function parse(text: string): HeatboxEvent | RunLine | undefined {
  try {
    const value = JSON.parse(text) as { v?: unknown };
    const result = value?.v === undefined ? runLineSchema.safeParse(value) : eventSchema.safeParse(value);
    return result.data;
  } catch {
    return undefined;
  }
}

function badInput(path: string, message: string, cause?: unknown): HeatboxError {
  return new HeatboxError('EXPORT_INPUT', `${path} ${message}`, {
    kind: 'usage',
    value: path,
    cause,
    hint: 'Give the log folder of a server, or the NDJSON of `heatbox events` or `heatbox annotate --json`.',
  });
}

function badLine(file: string, line: number): HeatboxError {
  return new HeatboxError('EXPORT_LINE', `line ${line} of ${file} is neither an event nor part of a run`, {
    kind: 'usage',
    value: line,
    hint: 'The file may be of another version of heatbox, or not of heatbox at all.',
  });
}
