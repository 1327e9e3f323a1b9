import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { Chapter } from '../protocol.ts';

/** Element IDs of RFC 9559, as they are stored. */
const ID = {
  ebml: 0x1a45dfa3,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  seek: 0x4dbb,
  seekId: 0x53ab,
  seekPosition: 0x53ac,
  void: 0xec,
  checksum: 0xbf,
  chapters: 0x1043a770,
  edition: 0x45b9,
  chapter: 0xb6,
  uid: 0x73c4,
  start: 0x91,
  end: 0x92,
  display: 0x80,
  title: 0x85,
  language: 0x437c,
};

/** Of an element: where it begins, and where what is in it begins and ends. */
interface Place {
  readonly at: number;
  readonly body: number;
  readonly end: number;
}

/**
 * Adds chapters to the end of a finished Matroska or WebM file, and their place to the index at its beginning, after which
 * FFmpeg leaves room.
 *
 * @param chapters - Times from 0 upwards.
 * @returns false where the file is not laid out so; it is then left as it was.
 */
export function writeMatroskaChapters(path: string, chapters: readonly Chapter[]): boolean {
  const file = openSync(path, 'r+');
  try {
    const length = fstatSync(file).size;
    const head = Buffer.alloc(Math.min(length, 4096));
    readSync(file, head, 0, head.length, 0);
    const segment = nextElement(head, nextElement(head, 0, ID.ebml)?.end, ID.segment);
    const index = nextElement(head, segment?.body, ID.seekHead);
    const room = nextElement(head, index?.end, ID.void);
    // Eight bytes for the size of the segment can take any.
    if (!segment || !index || !room || segment.end !== length || segment.body - segment.at !== 12) return false;
    const seek = element(
      ID.seek,
      element(ID.seekId, idBytes(ID.chapters)),
      number(ID.seekPosition, length - segment.body),
    );
    const grown = element(ID.seekHead, withoutChecksum(head.subarray(index.body, index.end)), seek);
    const left = room.end - index.at - grown.length;
    if (left < 9) return false;
    const list = element(ID.chapters, element(ID.edition, ...chapters.map((one, at) => atom(one, at + 1))));
    writeSync(file, list, 0, list.length, length);
    writeSync(file, Buffer.concat([grown, voidOf(left)]), 0, grown.length + left, index.at);
    writeSync(file, sizeBytes(length + list.length - segment.body), 0, 8, segment.body - 8);
    return true;
  } finally {
    closeSync(file);
  }
}

function atom({ start, end, title }: Chapter, uid: number): Buffer {
  const nanoseconds = (seconds: number) => Math.round(seconds * 1e6) * 1000;
  const text = element(ID.title, Buffer.from(title, 'utf8'));
  const display = element(ID.display, text, element(ID.language, Buffer.from('und', 'latin1')));
  const times = [number(ID.start, nanoseconds(start)), number(ID.end, nanoseconds(end))];
  return element(ID.chapter, number(ID.uid, uid), ...times, display);
}

/** An index that is changed would need another checksum, and may do without. */
function withoutChecksum(index: Buffer): Buffer {
  return index.subarray(nextElement(index, 0, ID.checksum)?.end ?? 0);
}

function voidOf(bytes: number): Buffer {
  const empty = Buffer.alloc(bytes);
  empty.writeUInt8(ID.void, 0);
  sizeBytes(bytes - 9).copy(empty, 1);
  return empty;
}

function element(id: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([idBytes(id), sizeBytes(body.length), body]);
}

function number(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return element(id, bytes);
}

function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}

/** A size in its longest form (RFC 8794). */
function sizeBytes(size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE((1n << 56n) | BigInt(size));
  return bytes;
}

/** The element at an offset, where it is of that kind and its size is known. */
function nextElement(bytes: Buffer, at: number | undefined, id: number): Place | undefined {
  const wanted = idBytes(id);
  if (at === undefined || !bytes.subarray(at, at + wanted.length).equals(wanted)) return undefined;
  const first = at + wanted.length;
  const width = Math.clz32(bytes[first] ?? 0) - 23;
  if (width > 8 || first + width > bytes.length) return undefined;
  const marked = bytes.subarray(first, first + width).reduce((value, byte) => value * 256n + BigInt(byte), 0n);
  const size = Number(marked - 2n ** BigInt(7 * width));
  return { at, body: first + width, end: first + width + size };
}
