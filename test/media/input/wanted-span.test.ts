import { expect, it } from 'vitest';
import { wantedSpan } from '../../../src/media/input/wanted-span.ts';

it('counts from the beginning of the source, wherever its clock begins', () => {
  const span = wantedSpan({ start: 2, duration: 1 }, 10);
  span.beginWith(0);
  expect(span.start).toBe(12);
  expect([11.99, 12, 12.99, 13].map(span.contains)).toEqual([false, true, true, false]);
});

it('begins with the first frame where no start is wanted', () => {
  const span = wantedSpan({ duration: 0.5 }, 10);
  expect(span.end).toBe(Number.POSITIVE_INFINITY);
  for (const time of [10.25, 10.5]) span.beginWith(time);
  expect([10.25, 10.74, 10.75].map(span.contains)).toEqual([true, true, false]);
});

it('takes a sum of seconds for what it is meant to be', () => {
  const span = wantedSpan({ start: 0.1, duration: 0.2 }, 0);
  expect([0.1, 0.1 + 0.2].map(span.contains)).toEqual([true, false]);
});

it('is everything without a start and a duration', () => {
  const span = wantedSpan({}, 0);
  span.beginWith(-1);
  expect([-1, 0, 1e6].every(span.contains)).toBe(true);
});
