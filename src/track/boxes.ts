import type { Box, Point, Size } from '../types.ts';

/** Whether a box is finite and has an area. */
export function isUsable([x0, y0, x1, y1]: Box): boolean {
  return (
    Number.isFinite(x0) &&
    Number.isFinite(y0) &&
    Number.isFinite(x1 - x0) &&
    Number.isFinite(y1 - y0) &&
    x1 > x0 &&
    y1 > y0
  );
}

/** The centre of a box. */
export function centreOf([x0, y0, x1, y1]: Box): Point {
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
}

/** The box a share of the way from one to another. */
export function between(from: Box, to: Box, share: number): Box {
  const edge = (side: 0 | 1 | 2 | 3) => from[side] + (to[side] - from[side]) * share;
  return [edge(0), edge(1), edge(2), edge(3)];
}

/** The part of a box inside the display; without extent where there is none. */
export function clip([x0, y0, x1, y1]: Box, { width, height }: Size): Box {
  const within = (value: number, end: number) => Math.min(Math.max(value, 0), end);
  return [within(x0, width), within(y0, height), within(x1, width), within(y1, height)];
}

/** A point of one box, at the same share of width and height in another. */
export function carry(point: Point, from: Box, to: Box): Point {
  return {
    x: to[0] + ((point.x - from[0]) / (from[2] - from[0])) * (to[2] - to[0]),
    y: to[1] + ((point.y - from[1]) / (from[3] - from[1])) * (to[3] - to[1]),
  };
}
