import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Chapter } from './protocol.ts';

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
 * entry its key with a colon, its value, and an empty piece.
 */
export function chaptersFromDump(pieces: readonly string[]): Chapter[] {
  const chapters: { start: number; end: number; title: string }[] = [];
  let inside: 'chapter' | 'title' | 'other' = 'other';
  for (const piece of pieces) {
    const chapter = chapters.at(-1);
    const [, edge, time] = /^(start|end) (-?[\d.]+)(?:, )?$/.exec(piece) ?? [];
    if (/^\s*Chapter #\d+:\d+: $/.test(piece)) {
      chapters.push({ start: 0, end: 0, title: '' });
      inside = 'chapter';
    } else if (/^\s*(Stream|Program) #?\d/.test(piece)) inside = 'other';
    else if (chapter === undefined || inside === 'other') continue;
    else if (piece === '') inside = 'chapter';
    else if (inside === 'title') chapter.title += piece.replace(/^\n.*: $/, ' ');
    else if (edge !== undefined) chapter[edge as 'start' | 'end'] = Number(time);
    else if (/^ {4,}title +: $/i.test(piece)) inside = 'title';
  }
  return chapters;
}

/**
 * Adds a chapter list (`moov/udta/chpl`, the form FFmpeg, VLC and mpv read) to a finished MP4 or MOV whose `moov` is the
 * last box, which is how FFmpeg writes it unless told to move it to the front.
 *
 * @param shift - Seconds added to every time.
 * @returns false where the file is not laid out so; it is then left as it was.
 */
export function writeMp4Chapters(path: string, chapters: readonly Chapter[], shift: number): boolean {
  const file = openSync(path, 'r+');
  try {
    const end = fstatSync(file).size;
    const moov = findLastBox(file, end, 'moov');
    if (moov === undefined || moov.offset + moov.size !== end) return false;
    const body = Buffer.alloc(moov.size);
    readSync(file, body, 0, moov.size, moov.offset);
    const list = chapterList(chapters, shift);
    const udta = childBox(body, 'udta');
    const grown = udta === undefined ? Buffer.concat([body, box('udta', list)]) : Buffer.concat([body, list]);
    if (udta !== undefined) {
      if (udta.offset + udta.size !== body.length) return false;
      grown.writeUInt32BE(udta.size + list.length, udta.offset);
    }
    grown.writeUInt32BE(grown.length, 0);
    writeSync(file, grown, 0, grown.length, moov.offset);
    return true;
  } finally {
    closeSync(file);
  }
}

function chapterList(chapters: readonly Chapter[], shift: number): Buffer {
  const entries = chapters.slice(0, 255).map(({ start, title }) => {
    const name = Buffer.from(title, 'utf8').subarray(0, 255);
    const entry = Buffer.alloc(9 + name.length);
    entry.writeBigUInt64BE(BigInt(Math.max(0, Math.round((start + shift) * 1e7))), 0);
    entry.writeUInt8(name.length, 8);
    name.copy(entry, 9);
    return entry;
  });
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, entries.length]);
  return box('chpl', Buffer.concat([head, ...entries]));
}

function box(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

interface BoxPlace {
  readonly offset: number;
  readonly size: number;
}

function findLastBox(file: number, end: number, type: string): BoxPlace | undefined {
  const head = Buffer.alloc(16);
  let found: BoxPlace | undefined;
  for (let offset = 0; offset + 8 <= end; ) {
    readSync(file, head, 0, 16, offset);
    const short = head.readUInt32BE(0);
    const size = short === 1 ? Number(head.readBigUInt64BE(8)) : short === 0 ? end - offset : short;
    if (size < 8) return found;
    if (head.toString('latin1', 4, 8) === type && short > 1) found = { offset, size };
    offset += size;
  }
  return found;
}

function childBox(parent: Buffer, type: string): BoxPlace | undefined {
  for (let offset = 8; offset + 8 <= parent.length; ) {
    const size = parent.readUInt32BE(offset);
    if (size < 8) return undefined;
    if (parent.toString('latin1', offset + 4, offset + 8) === type) return { offset, size };
    offset += size;
  }
  return undefined;
}
