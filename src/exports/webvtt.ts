import type { RecordedFrame, Recording } from './recording.ts';
import { soleSequence } from './sole-sequence.ts';

/** How long the last frame is shown where nothing else is known, seconds. */
const LAST = 0.04;

/**
 * WebVTT with one metadata cue for each frame, from its pts to the next one's: a `<track kind="metadata">` beside the
 * video brings the boxes to a page's script, as JSON in `cue.text`.
 */
export async function* toWebVtt(recording: Recording): AsyncGenerator<string> {
  yield 'WEBVTT\n';
  let before: RecordedFrame | undefined;
  let interval = LAST;
  for await (const frame of soleSequence(recording, 'WebVTT')) {
    if (before) {
      yield cue(before, frame.pts);
      if (frame.pts > before.pts) interval = frame.pts - before.pts;
    }
    before = frame;
  }
  if (before) yield cue(before, before.pts + interval);
}

/** Nothing for a frame that has no time of its own: before zero, or less than a millisecond long. */
function cue({ frame, pts, size, tracks }: RecordedFrame, endPts: number): string {
  const [start, end] = [milliseconds(pts), milliseconds(endPts)];
  if (end <= start) return '';
  // An arrow would end the cue's text.
  const text = JSON.stringify({ frame, pts, size, tracks }).replaceAll('>', '\\u003e');
  return `\n${timestamp(start)} --> ${timestamp(end)}\n${text}\n`;
}

function milliseconds(seconds: number): number {
  return Math.max(0, Math.round(seconds * 1000));
}

function timestamp(total: number): string {
  const hours = Math.floor(total / 3_600_000);
  const minutes = Math.floor(total / 60_000) % 60;
  const seconds = Math.floor(total / 1000) % 60;
  const [h, m, s] = [hours, minutes, seconds].map((part) => String(part).padStart(2, '0'));
  return `${h}:${m}:${s}.${String(total % 1000).padStart(3, '0')}`;
}
