import { expect, test } from 'vitest';
import { describeState, type PlayerState } from '../../web-viewer/src/player/state.ts';

test('a picture that is behind is not called live, and does not flicker about the limit', () => {
  const states: PlayerState[] = [];
  const status = describeState((state) => states.push(state));
  const shownAt = (latencyMs: number | undefined) => {
    status.shown(performance.now(), latencyMs);
    return states.at(-1)!.words;
  };
  expect([300, 1400, 1600, 1400, 1100, 15_200, 900, 1400].map(shownAt)).toEqual([
    'Live',
    'Live',
    '1.5 s behind',
    '1.5 s behind',
    '1.5 s behind',
    '15 s behind',
    'Live',
    'Live',
  ]);
  expect(shownAt(undefined)).toBe('Live');
});

test('what the server says of a refused connection is what the player says', () => {
  const states: PlayerState[] = [];
  describeState((state) => states.push(state)).lost(2000, 'Pages of https://a are not allowed');
  expect(states.at(-1)).toMatchObject({
    phase: 'reconnecting',
    words: 'Pages of https://a are not allowed, trying again in 2 s',
  });
});
