import { expect, it } from 'vitest';
import { reportFolders } from '../../src/evaluate/folder-report.ts';
import type { Box } from '../../src/types.ts';

const box = (x: number): Box => [x, 0, x + 10, 10];
const boxed = (file: string, overlap: number) => ({
  file,
  classIndex: 0,
  rank: 0,
  largest: [overlap],
  any: [overlap],
  centred: [0],
});

it('counts none as a class, and gives precision and recall of each', () => {
  const scores = [{ truth: 0, answer: 0 }, { truth: 0, answer: 1 }, { truth: 1, answer: 1 }, {}, { answer: 1 }, {}, {}];
  const report = reportFolders(scores, ['apple', 'pear'], [0.4]);
  expect(report.classes.map(({ name, recall, precision }) => [name, recall, Math.round(precision)])).toEqual([
    ['apple', 50, 100],
    ['pear', 100, 33],
    ['none', 75, 100],
  ]);
  expect(report.balancedAccuracy).toBe(75);
});

it('measures pictures with several objects by their average precision', () => {
  // Sure and right, then wrong, then right: 1 and 2/3, over three objects.
  const found = [
    { box: box(0), score: 0.9 },
    { box: box(50), score: 0.8 },
    { box: box(21), score: 0.7 },
    { box: box(1), score: 0.6 },
  ];
  const scores = [
    { truth: 0, answer: 0, boxes: boxed('a', 0.9), trueBoxes: [box(0), box(20), box(90)], found: [found] },
  ];
  const [row] = reportFolders(scores, ['cell'], [0.4]).classes;
  expect(row!.objects!.found).toBeCloseTo(200 / 3);
  expect(row!.objects!.averagePrecision).toBeCloseTo((100 * (1 + 2 / 3)) / 3);
  expect(row!.boxes!.maxBoxAcc).toBe(100);
});
