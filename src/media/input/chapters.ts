import { isDeepStrictEqual } from 'node:util';
import type { Chapter } from '../protocol.ts';

/**
 * A file's chapters. Lines of other sources that are open can get between the pieces of the description, so a file with
 * chapters is described until two descriptions in a row agree.
 *
 * @param describe - Has FFmpeg describe the file; undefined when it was called off.
 */
export async function readChapters(
  describe: () => Promise<readonly string[] | undefined>,
): Promise<Chapter[] | undefined> {
  let before: Chapter[] | undefined;
  for (let attempt = 0; attempt < DESCRIPTIONS; attempt++) {
    const pieces = await describe();
    if (pieces === undefined) return undefined;
    const chapters = chaptersFromDump(pieces);
    if (chapters.length === 0 || isDeepStrictEqual(chapters, before)) return chapters;
    before = chapters;
  }
  return before;
}

const DESCRIPTIONS = 6;

/**
 * Chapters from FFmpeg's own description of a file (`av_dump_format`), the only place where node-av shows them. It comes in
 * pieces without their line ends: `    Chapter #0:1: `, `start 5.000000, `, `end 9.000000`, `      Metadata:`, then for each
 * entry its key with a colon, its value, and an empty piece. A value with several lines has an indent and a colon of its own
 * before each but the first; FFmpeg shows no more than 255 bytes of a line.
 */
export function chaptersFromDump(pieces: readonly string[]): Chapter[] {
  const chapters: { start: number; end: number; title: string }[] = [];
  let inside: 'chapter' | 'title' | 'other' = 'other';
  for (const [position, piece] of pieces.entries()) {
    const chapter = chapters.at(-1);
    const [, edge, time] = /^(start|end) (-?[\d.]+)(?:, )?$/.exec(piece) ?? [];
    if (inside === 'title') {
      if (LINE_BREAK.test(piece)) chapter!.title += '\n';
      else if (piece !== '') chapter!.title += piece.replace(/\ufffd+$/, '');
      // An empty line of the title, else its end.
      else if (!LINE_BREAK.test(pieces[position + 1] ?? '')) inside = 'chapter';
    } else if (/^\s*Chapter #\d+:\d+: $/.test(piece)) {
      chapters.push({ start: 0, end: 0, title: '' });
      inside = 'chapter';
    } else if (/^\s*(Stream|Program) #?\d/.test(piece)) inside = 'other';
    else if (chapter === undefined || inside === 'other') continue;
    else if (edge !== undefined) chapter[edge as 'start' | 'end'] = Number(time);
    else if (/^ {4,}title +: $/i.test(piece)) inside = 'title';
  }
  return chapters;
}

const LINE_BREAK = /^\n *: $/;
