import { expect, test } from 'vitest';
import { watchLateness } from '../../web-viewer/src/page/side/lateness.ts';

/** Whether there is a notice after each second, given how many of its 25 boxes were late. */
function notices(lateInSecond: readonly number[]): boolean[] {
  const lateness = watchLateness();
  let lateBoxes = 0;
  return lateInSecond.map((late) => {
    lateBoxes += late;
    lateness.take({ lateBoxes, shownPerSecond: 25 });
    return lateness.isLate;
  });
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

test('a notice comes after three seconds of late boxes, and goes twelve good ones later', () => {
  expect(notices([...times(3, 20), ...times(13, 0)])).toEqual([false, false, ...times(12, true), ...times(2, false)]);
});

test('a notice does not come and go with the load', () => {
  const load = Array.from({ length: 45 }, (_, second) => (second % 6 < 3 ? 20 : 2));
  const seen = notices(load);
  const changes = seen.filter((isThere, second) => isThere !== (seen[second - 1] ?? false)).length;
  expect(changes).toBe(1);
  expect(notices(times(45, 0).map((_, second) => (second % 2 === 0 ? 20 : 0)))).toEqual(times(45, false));
});
