import { boxes, inFile, type ReadAt } from './iso-boxes.ts';

/** A part of a file: where it begins, and how many bytes it says it has. */
interface Part {
  readonly at: number;
  readonly bytes: number;
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;

/**
 * Whether a file is shorter than it says itself: a copy or a recording that was cut off. FFmpeg reads such a file to its
 * last byte and calls that its end. Known are the sizes of MP4 and MOV boxes, of Matroska and WebM segments and of AVI chunks.
 */
export function isCutShort(path: string): boolean {
  return inFile(path, false, (readAt, length) => {
    for (const { at, bytes } of partsOf(readAt, length)) if (at + bytes > length) return true;
    return false;
  });
}

function partsOf(readAt: ReadAt, length: number): Iterable<Part> {
  const start = readAt(0, 12);
  if (start.length < 12) return [];
  if (start.readUInt32BE(0) === EBML) return matroskaParts(readAt);
  if (start.toString('latin1', 0, 4) === 'RIFF') return [{ at: 0, bytes: 8 + start.readUInt32LE(4) }];
  return /^(ftyp|moov|mdat|wide|free|skip|styp)$/.test(start.toString('latin1', 4, 8)) ? boxes(readAt, 0, length) : [];
}

/** The header and the segment, whose size is unknown in a stream that was written live. */
function* matroskaParts(readAt: ReadAt): Iterable<Part> {
  let at = 0;
  for (const id of [EBML, SEGMENT]) {
    const head = readAt(at, 12);
    if (head.length < 12 || head.readUInt32BE(0) !== id) return;
    const size = ebmlSize(head.subarray(4));
    if (size === undefined) return;
    yield { at, bytes: 4 + size.width + size.value };
    at += 4 + size.width + size.value;
  }
}

/** A size of RFC 8794: leading zeros say how many bytes it has, all ones that it is unknown. */
function ebmlSize(bytes: Buffer): { readonly width: number; readonly value: number } | undefined {
  const width = Math.clz32(bytes[0]!) - 23;
  if (width > 8) return undefined;
  let value = BigInt(bytes[0]! & (0xff >> width));
  for (const byte of bytes.subarray(1, width)) value = value * 256n + BigInt(byte);
  return value === 2n ** BigInt(7 * width) - 1n ? undefined : { width, value: Number(value) };
}
