import type { Size } from '../../../src/types.ts';

const ASPECT = 16 / 9;

/**
 * Returns how many columns of a grid show its pictures largest.
 *
 * @param count - Pictures, which are taken as 16 to 9.
 * @param room - For all of them, pixels.
 * @param isFlowing - The pictures are as wide as their column and the page scrolls, as on an upright phone: then the fewest
 *   columns with which all of them fit.
 */
export function gridColumns(count: number, room: Size, isFlowing: boolean): number {
  const choices = Array.from({ length: Math.max(1, count) }, (_, index) => index + 1);
  const heightOf = (columns: number) => Math.ceil(count / columns) * (room.width / columns / ASPECT);
  if (isFlowing) return choices.find((columns) => heightOf(columns) <= room.height) ?? choices.at(-1)!;
  const widthOf = (columns: number) =>
    Math.min(room.width / columns, (room.height / Math.ceil(count / columns)) * ASPECT);
  return choices.reduce((best, columns) => (widthOf(columns) > widthOf(best) + 1 ? columns : best));
}
