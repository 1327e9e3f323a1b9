import type { Field, Type } from 'protobufjs';
import { HeatboxError } from '../../error.ts';

/**
 * What a file may have, some times what the largest classifiers have. An object costs hundreds of bytes of memory for
 * two in the file, and what walks a graph must not meet one without end.
 */
const MOST = {
  nodes: 20_000,
  /** Messages and texts. */
  objects: 400_000,
  /** 64-bit integers, each an object while the file is read. */
  integers: 1_000_000,
  /** Messages within messages: graphs within `If` and `Loop`. */
  depth: 32,
} as const;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

interface Budget {
  nodes: number;
  objects: number;
  integers: number;
}

/**
 * Counts what is in an ONNX file without making any of it, so that what would cost out of proportion to its size is
 * refused beforehand.
 *
 * @param type - of the message that the bytes are.
 * @throws HeatboxError `MODEL_DAMAGED` for more than any network has; `MODEL_UNSUPPORTED` for sparse weights, which say
 * themselves how large they become. An `Error` where the bytes are no message.
 */
export function checkCost(type: Type, bytes: Uint8Array): void {
  scan(type, bytes, 0, bytes.length, { nodes: 0, objects: 0, integers: 0 }, 0);
}

function scan(type: Type, bytes: Uint8Array, start: number, end: number, budget: Budget, depth: number): void {
  if (depth > MOST.depth) throw tooMuch(`graphs nested ${MOST.depth} messages deep`);
  for (let at = start; at < end; ) {
    const tag = varint(bytes, at, end);
    const field = type.fieldsById[tag.value >>> 3];
    const wire = tag.value & 7;
    at = tag.end;
    if (wire === LENGTH) {
      const length = varint(bytes, at, end);
      const next = length.end + length.value;
      if (next > end) throw new Error('it ends early');
      if (field !== undefined) content(field, bytes, length.end, next, budget, depth);
      at = next;
    } else {
      if (field !== undefined && isInteger(field)) count(budget, 'integers', 1);
      at = wire === VARINT ? varint(bytes, at, end).end : at + fixed(wire);
    }
  }
}

/** What has a length: a message, a text, or numbers in a row. */
function content(field: Field, bytes: Uint8Array, start: number, end: number, budget: Budget, depth: number): void {
  const message = (field.resolve().resolvedType as Type | null)?.name;
  if (message === undefined) {
    if (isInteger(field)) count(budget, 'integers', varintsIn(bytes, start, end));
    else if (field.type === 'string' || field.type === 'bytes') count(budget, 'objects', 1);
    return;
  }
  if (message === 'SparseTensorProto') {
    throw new HeatboxError('MODEL_UNSUPPORTED', 'this network has sparse weights', {
      hint: 'Export it with dense weights.',
      kind: 'usage',
    });
  }
  count(budget, 'objects', 1);
  if (message === 'NodeProto') count(budget, 'nodes', 1);
  scan(field.resolvedType as Type, bytes, start, end, budget, depth + 1);
}

function isInteger({ type }: Field): boolean {
  return type === 'int64' || type === 'uint64';
}

function count(budget: Budget, what: keyof Budget, more: number): void {
  budget[what] += more;
  if (budget[what] > MOST[what]) throw tooMuch(`more than ${MOST[what]} ${what}`);
}

function varintsIn(bytes: Uint8Array, start: number, end: number): number {
  let found = 0;
  for (let at = start; at < end; at++) if (bytes[at]! < 0x80) found++;
  return found;
}

/** Exact below 2^53; what is larger is no length. */
function varint(bytes: Uint8Array, start: number, end: number): { value: number; end: number } {
  let value = 0;
  for (let at = start; at < end && at < start + 10; at++) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new Error('it has a number without an end');
}

function fixed(wire: number): number {
  if (wire === FIXED64) return 8;
  if (wire === FIXED32) return 4;
  throw new Error(`it has a field of the unknown kind ${wire}`);
}

function tooMuch(what: string): HeatboxError {
  return new HeatboxError('MODEL_DAMAGED', `these bytes have ${what}, which no network has`, {
    hint: 'Check that the file is an image classifier; export or fetch it again.',
    kind: 'usage',
  });
}
