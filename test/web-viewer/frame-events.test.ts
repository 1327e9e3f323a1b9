import { expect, test } from 'vitest';
import type { EventOf } from '../../src/protocol/events.ts';

/** By a name that the compiler does not follow: the module has the browser's types. */
const frameEvents: string = '../../web-viewer/src/player/frame-events.ts';
const { createFrameEvents } = await import(frameEvents);

const event = (session: string, ptsUs: number) => ({ session, ptsUs }) as EventOf<'frame'>;

test('boxes are held for a second, those of the newest frame before, never those of another session', () => {
  const events = createFrameEvents();
  for (const ptsUs of [0, 80_000, 40_000]) events.add(event('a', ptsUs));
  events.add(event('b', 90_000));
  expect(events.before('a', 100_000)).toEqual(event('a', 80_000));
  expect(events.before('a', 1_080_000)).toEqual(event('a', 80_000));
  expect(events.before('a', 1_080_001)).toBeUndefined();
  expect(events.before('a', 40_000)).toEqual(event('a', 0));
  expect(events.before('b', 80_000)).toBeUndefined();
  expect(events.before('c', 100_000)).toBeUndefined();
});
