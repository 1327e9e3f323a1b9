import { expect, test } from 'vitest';
import type { EventOf } from '../../src/protocol/events.ts';
import { createFrameMaps } from '../../web-viewer/src/player/frame-maps.ts';

const map = { label: 'tabby', track: 1, score: 0.5, rows: 1, cols: 2, data: Uint8Array.of(0, 255) };

/** A frame event with one track whose centre lies at these shares of the picture. */
function event(id: number, x: number, y: number): EventOf<'frame'> {
  const boxNorm = [x - 0.1, y - 0.1, x + 0.1, y + 0.1];
  return { tracks: [{ id, boxNorm }] } as unknown as EventOf<'frame'>;
}

test('a frame has its own maps, a predicted one those of the last, moved along with the box, for a while', () => {
  const maps = createFrameMaps();
  maps.add(0, [map]);
  expect(maps.of(0, event(1, 0.5, 0.5))).toEqual([{ map, shift: [0, 0] }]);
  const [moved] = maps.of(40_000, event(1, 0.6, 0.45));
  expect(moved?.shift[0]).toBeCloseTo(0.1);
  expect(moved?.shift[1]).toBeCloseTo(-0.05);
  expect(maps.of(80_000, event(2, 0.5, 0.5))).toEqual([]);
  expect(maps.of(80_000, undefined)).toEqual([]);
  expect(maps.of(600_000, event(1, 0.5, 0.5))).toEqual([]);
});

test('maps of an earlier session are not shown in a later one', () => {
  const maps = createFrameMaps();
  maps.add(0, [map]);
  maps.of(0, event(1, 0.5, 0.5));
  maps.clear();
  expect(maps.of(0, event(1, 0.5, 0.5))).toEqual([]);
});
