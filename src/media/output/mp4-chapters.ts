import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { Chapter } from '../protocol.ts';

/** A list counts its chapters, and the bytes of a title, in one byte each. */
export const MP4_CHAPTERS = 255;
const TITLE_BYTES = 255;

/**
 * Adds a chapter list (`moov/udta/chpl`, the form FFmpeg, VLC and mpv read) to a finished MP4 or MOV whose `moov` is the
 * last box, which is how FFmpeg writes it unless told to move it to the front.
 *
 * @param chapters - Times from 0 upwards.
 * @returns false where the file is not laid out so; it is then left as it was.
 */
export function writeMp4Chapters(path: string, chapters: readonly Chapter[]): boolean {
  const file = openSync(path, 'r+');
  try {
    const end = fstatSync(file).size;
    const moov = findLastBox(file, end, 'moov');
    if (moov === undefined || moov.offset + moov.size !== end) return false;
    const body = Buffer.alloc(moov.size);
    readSync(file, body, 0, moov.size, moov.offset);
    const list = chapterList(chapters);
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

function chapterList(chapters: readonly Chapter[]): Buffer {
  const entries = chapters.slice(0, MP4_CHAPTERS).map(({ start, title }) => {
    const name = cutUtf8(title, TITLE_BYTES);
    const entry = Buffer.alloc(9 + name.length);
    entry.writeBigUInt64BE(BigInt(Math.round(start * 1e7)), 0);
    entry.writeUInt8(name.length, 8);
    name.copy(entry, 9);
    return entry;
  });
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, entries.length]);
  return box('chpl', Buffer.concat([head, ...entries]));
}

/** The text's beginning, in whole characters. */
function cutUtf8(text: string, bytes: number): Buffer {
  const buffer = Buffer.from(text, 'utf8');
  let end = Math.min(buffer.length, bytes);
  while (end < buffer.length && (buffer[end]! & 0xc0) === 0x80) end--;
  return buffer.subarray(0, end);
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
