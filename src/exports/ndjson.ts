import type { Recording } from './recording.ts';

/** NDJSON: every event (or line of a run) as it is, one a line. */
export async function* toNdjson(recording: Recording): AsyncGenerator<string> {
  for await (const line of recording.lines()) yield `${JSON.stringify(line)}\n`;
}
