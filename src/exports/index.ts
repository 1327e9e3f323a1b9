import { toCoco } from './coco.ts';
import { toCsv } from './csv.ts';
import { toMot } from './mot.ts';
import type { Recording } from './recording.ts';
import { toWebVtt } from './webvtt.ts';

export { openRecording, type Recording, type Selection } from './recording.ts';

/** The formats a recording can be exported to, each a stream of text. */
export const EXPORTS = {
  ndjson: toNdjson,
  csv: toCsv,
  mot: toMot,
  coco: toCoco,
  webvtt: toWebVtt,
} as const satisfies Record<string, (recording: Recording) => AsyncIterable<string>>;

export type ExportFormat = keyof typeof EXPORTS;

/** NDJSON: every event (or line of a run) as it is, one a line. */
async function* toNdjson(recording: Recording): AsyncGenerator<string> {
  for await (const line of recording.lines()) yield `${JSON.stringify(line)}\n`;
}
