import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CellMap } from '../../src/protocol/video.ts';
import {
  decodeMaps,
  decodeMessage,
  encodeMaps,
  encodeMessage,
  HEADER_BYTES,
  KINDS,
  type Kind,
} from '../../src/protocol/video-units.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

describe('a binary message', () => {
  test('comes out as it went in', () => {
    const message = fc.record({
      kind: fc.constantFrom(...(Object.keys(KINDS) as Kind[])),
      key: fc.boolean(),
      ptsUs: fc.maxSafeInteger(),
      receivedMs: fc.double({ noNaN: true }),
      payload: bytes,
    });
    fc.assert(
      fc.property(message, (one) => {
        const read = decodeMessage(encodeMessage(one).buffer);
        expect({ ...read, payload: [...read!.payload] }).toEqual({ ...one, payload: [...one.payload] });
      }),
    );
  });

  test('is laid out as the page of the protocol says', () => {
    const message = encodeMessage({
      kind: 'unit',
      key: true,
      ptsUs: -2,
      receivedMs: 1.5,
      payload: Uint8Array.of(7, 8),
    });
    expect(Buffer.from(message).toString('hex')).toBe('0101000002000000feffffffffffffff000000000000f83f0708');
  });

  test('that is cut short, too long, or of an unknown kind is not read', () => {
    const message = encodeMessage({ kind: 'jpeg', key: true, ptsUs: 1, receivedMs: 2, payload: Uint8Array.of(1, 2) });
    expect(decodeMessage(message.slice(0, -1).buffer)).toBeUndefined();
    expect(decodeMessage(message.slice(0, HEADER_BYTES - 1).buffer)).toBeUndefined();
    expect(decodeMessage(Uint8Array.of(...message, 0).buffer)).toBeUndefined();
    message[0] = 9;
    expect(decodeMessage(message.buffer)).toBeUndefined();
  });
});

describe('maps', () => {
  const map: fc.Arbitrary<CellMap> = fc
    .record({ rows: fc.integer({ min: 1, max: 8 }), cols: fc.integer({ min: 1, max: 8 }) })
    .chain(({ rows, cols }) =>
      fc
        .record({
          label: fc.string({ unit: 'grapheme', maxLength: 30 }),
          track: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          score: fc.float({ min: 0, max: 1, noNaN: true }),
          data: fc.uint8Array({ minLength: rows * cols, maxLength: rows * cols }),
        })
        .map(({ track, ...rest }) => ({ ...rest, rows, cols, ...(track > 0 && { track }) })),
    );
  const plain = (maps: readonly CellMap[]) => maps.map((one) => ({ ...one, data: [...one.data] }));

  test('come out as they went in', () => {
    fc.assert(
      fc.property(fc.array(map, { maxLength: 4 }), (maps) => {
        expect(plain(decodeMaps(encodeMaps(maps)))).toEqual(plain(maps));
      }),
    );
  });

  test('that are cut short leave those before them', () => {
    const one = { label: 'tabby', score: 0.5, rows: 1, cols: 2, data: Uint8Array.of(1, 2) };
    const payload = encodeMaps([one, { ...one, label: 'é', track: 3 }]);
    expect(plain(decodeMaps(payload.subarray(0, -1)))).toEqual(plain([one]));
  });
});
