import type { CamMap, Point } from '../types.ts';

/**
 * Where between the cell centres a map peaks. Bilinear upsampling can only peak on a cell centre, a whole stride of the
 * network from the next; a parabola through the cell and its two neighbours, along each axis, tells the place to a
 * fraction of that. Exact where the map is a paraboloid.
 *
 * @param col Column of a cell that is the strongest around.
 * @param row Its row.
 * @returns Shares of the map's width and height, at most half a cell from the cell's centre.
 */
export function refinePeak(map: CamMap, col: number, row: number): Point {
  const { rows, cols, data } = map;
  const at = (c: number, r: number) => data[r * cols + c]!;
  const dx = col > 0 && col < cols - 1 ? vertex(at(col - 1, row), at(col, row), at(col + 1, row)) : 0;
  const dy = row > 0 && row < rows - 1 ? vertex(at(col, row - 1), at(col, row), at(col, row + 1)) : 0;
  return { x: (col + 0.5 + dx) / cols, y: (row + 0.5 + dy) / rows };
}

/** Offset of the vertex of the parabola through (-1, before), (0, here), (1, after); 0 where `here` is not the top. */
function vertex(before: number, here: number, after: number): number {
  const bend = before - 2 * here + after;
  if (!(bend < 0)) return 0;
  return Math.min(Math.max((0.5 * (before - after)) / bend, -0.5), 0.5);
}
