import { describe, expect, it } from 'vitest';
import { lumaOf } from '../../src/motion/luma.ts';
import { mapsOverTime } from '../../src/motion/maps-over-time.ts';
import { recentPictures } from '../../src/motion/recent.ts';
import type { CamMap } from '../../src/types.ts';
import { pattern, picture } from './scenes.ts';

const map = (...data: number[]): CamMap => ({ rows: 1, cols: data.length, data: Float32Array.from(data) });
const one = [{ classIndex: 7, score: 1 }];
const values = ({ data }: CamMap) => [...data].map((value) => Math.round(value * 1e4) / 1e4);

describe('maps over time', () => {
  it('are averages whose weights fall by 1/e in a tenth of a second', () => {
    const over = mapsOverTime();
    over(0)(map(0, 8, 4), one);
    over(0.1)(map(2, 0, 1), one);
    const [first, second, third] = [Math.exp(-2), Math.exp(-1), 1];
    const sum = first + second + third;
    const expected = [second / sum, first / sum, (first / 2 + second / 2 + third) / sum];
    expect(values(over(0.2)(map(5, 5, 6), one))).toEqual(expected.map((value) => Math.round(value * 1e4) / 1e4));
  });

  it('go on where a group narrows, and not to another class', () => {
    const over = mapsOverTime();
    const group = [...one, { classIndex: 3, score: 0.4 }];
    over(0)(map(0, 1), group);
    expect(values(over(0.1)(map(1, 0), [{ classIndex: 3, score: 1 }]))).toEqual([0.7311, 0.2689]);
    expect(values(over(0.2)(map(0, 1), [{ classIndex: 4, score: 1 }]))).toEqual([0, 1]);
  });

  it('of several classes of a frame are kept apart', () => {
    const over = mapsOverTime();
    const first = over(0);
    first(map(0, 1), one);
    first(map(1, 0), [{ classIndex: 8, score: 1 }]);
    const second = over(0.1);
    expect(values(second(map(0, 1), one))).toEqual([0, 1]);
    expect(values(second(map(1, 0), [{ classIndex: 8, score: 1 }]))).toEqual([1, 0]);
  });

  it('begin anew where time goes back, after a while, and on another grid', () => {
    const over = mapsOverTime();
    over(5)(map(0, 1), one);
    expect(values(over(1)(map(1, 0), one))).toEqual([1, 0]);
    expect(values(over(2)(map(0, 1), one))).toEqual([0, 1]);
    expect(values(over(2.05)(map(0, 0, 1), one))).toEqual([0, 0, 1]);
  });

  it('begin anew after a cut', () => {
    const over = mapsOverTime();
    const scene = picture(pattern);
    over(0, { now: scene })(map(0, 1), one);
    const other = picture((x, y) => pattern(3 * y + 40, 2 * x));
    expect(values(over(0.04, { now: other, before: scene })(map(1, 0), one))).toEqual([1, 0]);
  });

  it('gain where something moves, on the finer grid', () => {
    const still = picture(pattern);
    const moved = picture((x, y) => (x < 72 ? pattern(x, y) : 255 - pattern(2 * x, 2 * y)));
    const before = picture((x, y) => (x < 72 ? pattern(x, y) : 255 - pattern(2 * x - 4, 2 * y)));
    const flat = map(0, 0.5, 0.5, 1, 0.5, 0.5, 0.5, 0.5);
    const alone = mapsOverTime()(0, { now: still })(flat, one);
    expect(alone.rows).toBe(1);
    const { rows, cols, data } = mapsOverTime()(0, { now: moved, before })(flat, one);
    expect([rows, cols]).toEqual([20, 36]);
    const mean = (from: number, to: number) => {
      const cells = [...data].filter((_, cell) => cell % cols >= from && cell % cols < to);
      return cells.reduce((sum, value) => sum + value, 0) / cells.length;
    };
    expect(mean(24, 34)).toBeGreaterThan(mean(6, 12) + 0.05);
  });
});

describe('recent pictures', () => {
  const input = (side = 32) => ({ width: side, height: side, data: new Uint8Array(side * side * 3) });
  const told = (times: number[]) => {
    const pairUp = recentPictures();
    let tag = 0;
    const pairs = times.map((pts) => pairUp({ ...input(), data: input().data.fill(++tag) }, pts));
    return pairs.map(({ before }) => (before === undefined ? undefined : Math.round(before.data[0]!)));
  };

  it('are paired with the one before, of fast video with one thirtieth of a second before', () => {
    expect(told([0, 0.04, 0.08])).toEqual([undefined, 1, 2]);
    expect(told([0, 1, 2, 3, 4].map((frame) => frame / 60))).toEqual([undefined, 1, 1, 2, 3]);
  });

  it('have none before them after a gap, a step back, or at another size', () => {
    expect(told([0, 0.3, 0.34, 0.1])).toEqual([undefined, undefined, 2, undefined]);
    const pairUp = recentPictures();
    pairUp(input(), 0);
    expect(pairUp(input(64), 0.04).before).toBeUndefined();
  });

  it('are small and grey', () => {
    const data = Uint8Array.from({ length: 288 * 160 * 3 }, (_, at) => [100, 200, 50][at % 3]!);
    const { width, height, data: grey } = lumaOf({ width: 288, height: 160, data });
    expect([width, height]).toEqual([144, 80]);
    for (const value of grey) expect(value).toBeCloseTo(0.299 * 100 + 0.587 * 200 + 0.114 * 50, 3);
  });
});
