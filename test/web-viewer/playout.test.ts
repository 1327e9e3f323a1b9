import { describe, expect, test } from 'vitest';
import { createPlayout, type Timed } from '../../web-viewer/src/player/playout.ts';

/** A frame of 25 a second that came `late` milliseconds after the clock of the fastest. */
const frame = (n: number, late = 0): Timed => ({ ptsUs: n * 40_000, arrivedAt: 1000 + n * 40 + late });
const always = () => true;
const never = () => false;

describe('the time of a frame', () => {
  test('comes when its boxes are here', () => {
    const playout = createPlayout(400);
    playout.arrived(frame(0));
    expect(playout.pick([frame(0)], never, 1000)).toBe(-1);
    playout.ready(frame(0), 1120);
    expect(playout.pick([frame(0)], always, 1119)).toBe(-1);
    expect(playout.pick([frame(0)], always, 1120)).toBe(0);
  });

  test('comes without boxes after the longest delay, not sooner', () => {
    const playout = createPlayout(400);
    playout.arrived(frame(0, 30));
    expect(playout.pick([frame(0, 30)], never, 1429)).toBe(-1);
    expect(playout.pick([frame(0, 30)], never, 1430)).toBe(0);
  });

  test('comes evenly though boxes come unevenly', () => {
    const playout = createPlayout(400);
    const boxesAfter = [80, 150, 60, 100, 40, 120];
    for (const [n, ms] of boxesAfter.entries()) {
      playout.arrived(frame(n));
      playout.ready(frame(n), frame(n).arrivedAt + ms);
    }
    // 150 was the most, and shrinks but slowly.
    expect(playout.delayMs).toBeGreaterThan(135);
    const waiting = [frame(6), frame(7)];
    const shownAt = [0, 1].map((index) => {
      let now = 1240;
      while (playout.pick([waiting[index]!], always, now) < 0) now++;
      return now;
    });
    expect(shownAt[1]! - shownAt[0]!).toBe(40);
  });

  test('passes frames over whose successor is due as well', () => {
    const playout = createPlayout(400);
    const frames = [0, 1, 2, 3].map((n) => frame(n));
    for (const one of frames) playout.arrived(one);
    expect(playout.pick(frames, always, 1000 + 2 * 40)).toBe(2);
  });

  test('does not wait for boxes where nobody makes any', () => {
    const playout = createPlayout(400);
    for (let n = 0; n < 60; n++) {
      playout.arrived(frame(n));
      playout.pick([frame(n)], never, frame(n).arrivedAt + 400);
    }
    playout.arrived(frame(60));
    expect(playout.pick([frame(60)], never, frame(60).arrivedAt)).toBe(0);
  });

  test('follows another clock', () => {
    const playout = createPlayout(400);
    playout.arrived(frame(0));
    const later = { ptsUs: 90_000_000, arrivedAt: 2000 };
    playout.arrived(later);
    expect(playout.pick([later], always, 2000)).toBe(0);
  });

  test('follows a source that is slower than its own clock, without stopping', () => {
    const playout = createPlayout(400);
    for (let n = 0; n < 100; n++) {
      const slow = { ptsUs: n * 40_000, arrivedAt: 1000 + n * 200 };
      playout.arrived(slow);
      expect(playout.pick([slow], always, slow.arrivedAt)).toBe(0);
    }
  });

  test('leaves frames behind B-frames as long for their boxes as others', () => {
    // x264's pyramid: each comes when it is decoded, up to five frames before its time.
    const order = [0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11];
    const playout = createPlayout(200);
    const frames = order.map((n, place) => ({ ptsUs: n * 40_000, arrivedAt: 1000 + place * 40 }));
    for (const one of frames) playout.arrived(one);
    // The ninth is the one that comes last before its time.
    const ninth = frames.find(({ ptsUs }) => ptsUs === 9 * 40_000)!;
    const inOrder = [...frames].sort((a, b) => a.ptsUs - b.ptsUs);
    const boxesAfter = 150;
    for (const one of inOrder) playout.ready(one, ninth.arrivedAt + (one.ptsUs - ninth.ptsUs) / 1000 + boxesAfter);
    expect(playout.delayMs).toBe(boxesAfter);
    for (const [place, one] of inOrder.entries()) {
      const due = ninth.arrivedAt + (one.ptsUs - ninth.ptsUs) / 1000 + boxesAfter;
      expect(playout.pick(inOrder, always, due)).toBe(place);
      expect(playout.pick(inOrder.slice(place), always, due - 1)).toBe(-1);
      // Without its boxes a frame waits for them no longer than it may, whenever it came.
      expect(playout.pick([one], never, due + 49)).toBe(-1);
      expect(playout.pick([one], never, due + 50)).toBe(0);
    }
  });
});
