import { expect, test } from 'vitest';
import { gridColumns } from '../../web-viewer/src/page/grid-columns.ts';

test.each([
  ['two on a desktop, one above the other', 2, 1100, 700, false, 1],
  ['two on a wide screen, side by side', 2, 1900, 600, false, 2],
  ['four on a desktop', 4, 1100, 700, false, 2],
  ['four on a phone on its side', 4, 584, 300, false, 2],
  ['four on an upright phone', 4, 390, 506, true, 2],
  ['one', 1, 390, 506, true, 1],
  ['none', 0, 390, 506, false, 1],
])('pictures are as large as the room allows: %s', (_, count, width, height, isFlowing, expected) => {
  expect(gridColumns(count, { width, height }, isFlowing)).toBe(expected);
});
