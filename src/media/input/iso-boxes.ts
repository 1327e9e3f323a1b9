import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export type ReadAt = (at: number, length: number) => Buffer;

/** A box of ISO 14496-12, as MP4 and MOV files are made of. */
export interface Box {
  readonly type: string;
  /** Where it begins. */
  readonly at: number;
  /** Where its content begins. */
  readonly content: number;
  /** How long it says it is, head and all. */
  readonly bytes: number;
}

/** Reads here and there in a file. @returns what `read` does, or `otherwise` if the file cannot be opened. */
export function inFile<T>(path: string, otherwise: T, read: (readAt: ReadAt, length: number) => T): T {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return otherwise;
  }
  try {
    return read((at, bytes) => {
      const buffer = Buffer.alloc(bytes);
      return buffer.subarray(0, readSync(file, buffer, 0, bytes, at));
    }, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

/** The boxes from one place of a file to another, one after the other; those inside of them are not looked at. */
export function* boxes(readAt: ReadAt, from: number, to: number): Iterable<Box> {
  for (let at = from; at < to; ) {
    const head = readAt(at, 16);
    if (head.length < 8) return;
    const short = head.readUInt32BE(0);
    if (short === 0 || (short === 1 && head.length < 16)) return;
    const bytes = short === 1 ? Number(head.readBigUInt64BE(8)) : short;
    if (bytes < 8) return;
    yield { type: head.toString('latin1', 4, 8), at, content: at + (short === 1 ? 16 : 8), bytes };
    at += bytes;
  }
}
