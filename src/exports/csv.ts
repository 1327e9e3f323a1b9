import type { Recording } from './recording.ts';

const COLUMNS = [
  'stream',
  'session',
  'frame',
  'pts',
  'width',
  'height',
  'id',
  'label',
  'class_index',
  'wnid',
  'score',
  'x0',
  'y0',
  'x1',
  'y1',
  'x0_norm',
  'y0_norm',
  'x1_norm',
  'y1_norm',
  'state',
  'measured',
  'peak_x',
  'peak_y',
] as const;

/** CSV (RFC 4180, with a header row): one row for each box of each frame. */
export async function* toCsv(recording: Recording): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for await (const { stream, session, frame, pts, size, tracks } of recording.frames()) {
    for (const { id, label, classIndex, wnid, score, box, boxNorm, state, measured, peak } of tracks) {
      const cells = [stream, session, frame, pts, size.width, size.height, id, label, classIndex, wnid, score];
      yield `${[...cells, ...box, ...boxNorm, state, measured, ...peak].map(cell).join(',')}\r\n`;
    }
  }
}

function cell(value: string | number | boolean): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
