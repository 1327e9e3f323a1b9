import { expect, it, vi } from 'vitest';
import { pacer } from '../../../src/media/clock/pacer.ts';

it('a pause is kept, up to an hour; what is later is not hurried', async () => {
  const waits: number[] = [];
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  try {
    const pace = pacer(new AbortController().signal, async (milliseconds) => {
      waits.push(Math.round(milliseconds));
      now += milliseconds;
    });
    for (const time of [7, 7.04, 22.04, 1e7, 1e7 + 0.04, 3, 3.04]) await pace(time);
    now += 60_000;
    for (const time of [3.08, 3.12]) await pace(time);
  } finally {
    vi.restoreAllMocks();
  }
  expect(waits).toEqual([40, 15_000, 3_600_000, 40, 40, 40]);
});
