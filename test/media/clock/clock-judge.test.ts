import { describe, expect, it } from 'vitest';
import { clockJudge } from '../../../src/media/clock/clock-judge.ts';

/** Feeds packets 100 ms apart. @param time - Of the source's clock, by the time of arrival. */
function judged(time: (at: number) => number, { seconds = 20, byArrival = true, rates = true, gaps = [] as number[] }) {
  const judge = clockJudge(byArrival, rates);
  for (let packet = 0; packet < seconds * 10 && judge.fault === undefined; packet++) {
    const at = packet / 10;
    if (!gaps.some((gap) => at >= gap && at < gap + 3)) judge.packet(time(at), at);
  }
  return judge.fault;
}

describe('the clock of a live source', () => {
  it('is given up where it stands still, soon', () => {
    expect(judged(() => 7, { seconds: 1.5 })).toEqual({ type: 'standing' });
    expect(judged((at) => (at < 5 ? at : 5), { seconds: 7 })).toEqual({ type: 'standing' });
  });

  it('is not given up for the parts of one picture', () => {
    const judge = clockJudge(true, true);
    for (let part = 0; part < 40; part++) judge.packet(Math.floor(part / 20), Math.floor(part / 20) + part / 1000);
    expect(judge.fault).toBeUndefined();
  });

  it.each([10, 4, 0.1, 0.25])('is given up where it runs %d s in a second', (rate) => {
    expect(judged((at) => at * rate, {})).toEqual({ type: 'rate', rate: expect.closeTo(rate, 3) });
  });

  it.each([1, 0.5, 2])('is believed where it runs %d s in a second', (rate) => {
    expect(judged((at) => at * rate, {})).toBeUndefined();
  });

  it('is believed where a server sends what it has kept first, and after the network has held packets back', () => {
    expect(judged((at) => (at < 1 ? at * 25 : 24 + at), {})).toBeUndefined();
    expect(judged((at) => at, { seconds: 40, gaps: [3, 9, 15, 21] })).toBeUndefined();
  });

  it('of a file is judged by the number of packets alone', () => {
    expect(judged(() => 0, { byArrival: false, rates: false })).toEqual({ type: 'standing' });
    expect(judged((at) => at * 100, { byArrival: false, rates: false })).toBeUndefined();
  });
});
