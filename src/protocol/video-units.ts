import type { CellMap } from './video.ts';

/**
 * The binary messages of `/v1/video/<stream>`: a header of 24 bytes, then the payload. Numbers are little-endian. This
 * file runs in servers and in browsers; docs/viewer.md has its tables.
 */
export const KINDS = { unit: 1, jpeg: 2, maps: 3 } as const;
export type Kind = keyof typeof KINDS;

/** Bit 0 of the flags: a keyframe. */
export const KEY = 1;

export const HEADER_BYTES = 24;

/** Where the header's fields begin, and how wide they are, in bytes. */
export const HEADER = {
  kind: { at: 0, bytes: 1 },
  flags: { at: 1, bytes: 1 },
  reserved: { at: 2, bytes: 2 },
  length: { at: 4, bytes: 4 },
  ptsUs: { at: 8, bytes: 8 },
  receivedMs: { at: 16, bytes: 8 },
} as const;

export interface WireMessage {
  readonly kind: Kind;
  readonly key: boolean;
  /** The key of the frame, microseconds of the source clock. */
  readonly ptsUs: number;
  /** When the server got it, milliseconds since 1970 on its clock, with a fraction. */
  readonly receivedMs: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Makes a message; the payload is copied, so that its memory may go. */
export function encodeMessage({
  kind,
  key,
  ptsUs,
  receivedMs,
  payload,
}: Omit<WireMessage, 'payload'> & { readonly payload: Uint8Array }): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(HEADER.kind.at, KINDS[kind]);
  view.setUint8(HEADER.flags.at, key ? KEY : 0);
  view.setUint32(HEADER.length.at, payload.length, true);
  view.setBigInt64(HEADER.ptsUs.at, BigInt(ptsUs), true);
  view.setFloat64(HEADER.receivedMs.at, receivedMs, true);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** Reads a message, without copying its payload; undefined where it is malformed or of a kind this side does not know. */
export function decodeMessage(buffer: ArrayBuffer): WireMessage | undefined {
  if (buffer.byteLength < HEADER_BYTES) return undefined;
  const view = new DataView(buffer);
  const number = view.getUint8(HEADER.kind.at);
  const kind = (Object.keys(KINDS) as Kind[]).find((name) => KINDS[name] === number);
  const length = view.getUint32(HEADER.length.at, true);
  if (kind === undefined || length !== buffer.byteLength - HEADER_BYTES) return undefined;
  return {
    kind,
    key: (view.getUint8(HEADER.flags.at) & KEY) !== 0,
    ptsUs: Number(view.getBigInt64(HEADER.ptsUs.at, true)),
    receivedMs: view.getFloat64(HEADER.receivedMs.at, true),
    payload: new Uint8Array(buffer, HEADER_BYTES),
  };
}

/** Bytes of a map in front of its label and its cells: track, score, rows, cols, bytes of the label. */
const MAP_BYTES = 14;

/** The payload of a `maps` message: one map behind the other. */
export function encodeMaps(maps: readonly CellMap[]): Uint8Array<ArrayBuffer> {
  const labels = maps.map(({ label }) => new TextEncoder().encode(label));
  const length = maps.reduce((sum, { data }, index) => sum + MAP_BYTES + labels[index]!.length + data.length, 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [index, { track = 0, score, rows, cols, data }] of maps.entries()) {
    const label = labels[index]!;
    view.setUint32(at, track, true);
    view.setFloat32(at + 4, score, true);
    view.setUint16(at + 8, rows, true);
    view.setUint16(at + 10, cols, true);
    view.setUint16(at + 12, label.length, true);
    bytes.set(label, at + MAP_BYTES);
    bytes.set(data, at + MAP_BYTES + label.length);
    at += MAP_BYTES + label.length + data.length;
  }
  return bytes;
}

/** The maps of a payload; those before the first malformed one. */
export function decodeMaps(payload: Uint8Array): CellMap[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const maps: CellMap[] = [];
  let at = 0;
  while (at + MAP_BYTES <= payload.length) {
    const track = view.getUint32(at, true);
    const score = view.getFloat32(at + 4, true);
    const rows = view.getUint16(at + 8, true);
    const cols = view.getUint16(at + 10, true);
    const cells = at + MAP_BYTES + view.getUint16(at + 12, true);
    const end = cells + rows * cols;
    if (end > payload.length) break;
    const label = new TextDecoder().decode(payload.subarray(at + MAP_BYTES, cells));
    const data = payload.slice(cells, end);
    maps.push({ label, score, rows, cols, data, ...(track > 0 && { track }) });
    at = end;
  }
  return maps;
}
