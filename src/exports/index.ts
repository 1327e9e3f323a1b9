import type { WarningCode } from '../error-codes.ts';
import { toCoco } from './coco.ts';
import { toCsv } from './csv.ts';
import { toMot } from './mot.ts';
import { openRecording, type Recording, type Selection } from './recording.ts';
import { toWebVtt } from './webvtt.ts';

export { openRecording, type Recording, type Selection } from './recording.ts';

/** The formats a recording can be exported to, each a stream of text. */
export const EXPORTS = {
  ndjson: toNdjson,
  csv: toCsv,
  mot: toMot,
  coco: toCoco,
  webvtt: toWebVtt,
} as const satisfies Record<ExportFormat, (recording: Recording) => AsyncIterable<string>>;

/** The formats of other tools. */
export type ExportFormat = 'ndjson' | 'csv' | 'mot' | 'coco' | 'webvtt';

/** Options of {@link exportRecording}. */
export interface ExportOptions extends Selection {
  /** Called with `RUN_INCOMPLETE` if the recording is of a run that did not come to its end. */
  readonly onWarning?: (code: WarningCode, message: string) => void;
}

/**
 * Turns the NDJSON of a run, the events that a client printed, or the log folder of a server into another tool's format.
 *
 * @param path The file, or the log's folder.
 * @returns the text, piece by piece.
 * @throws HeatboxError `EXPORT_INPUT` if there is no recording, and while reading `EXPORT_LINE`.
 *
 * @example
 * for await (const text of await exportRecording('boxes.ndjson', 'csv')) process.stdout.write(text);
 */
export async function exportRecording(
  path: string,
  format: ExportFormat,
  { onWarning, ...selection }: ExportOptions = {},
): Promise<AsyncIterable<string>> {
  return EXPORTS[format](await openRecording(path, selection, onWarning));
}

/** NDJSON: every event (or line of a run) as it is, one a line. */
async function* toNdjson(recording: Recording): AsyncGenerator<string> {
  for await (const line of recording.lines()) yield `${JSON.stringify(line)}\n`;
}
