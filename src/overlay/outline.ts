import type { Box } from '../types.ts';
import type { Area } from './paint.ts';

export interface OutlineStyle {
  /** Stroke, whole pixels. */
  readonly stroke: number;
  /** Thickness of the corner brackets, as even or odd as the stroke; equal to it for none. */
  readonly bracket: number;
  /** Radius of the corners on the stroke's middle line, pixels. */
  readonly radius: number;
}

/** A rounded rectangle's line, on whole pixels so that its straight edges are crisp. */
export interface Outline extends OutlineStyle {
  /** Middle line of the stroke: `n` or `n + 0.5`, as the stroke is even or odd. */
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/**
 * Places the outline of a box in a picture: the box cut to the picture, its stroke wholly inside, so that what leaves the
 * picture still has four sides. Nothing for a box that is not a number, empty, or out of sight.
 *
 * @param box pixels of the picture
 */
export function placeOutline(box: Box, width: number, height: number, style: OutlineStyle): Outline | undefined {
  const [x0, y0, x1, y1] = box;
  if (!(x0 < x1 && y0 < y1 && x1 > 0 && y1 > 0 && x0 < width && y0 < height)) return undefined;
  const [left, right] = placeSide(x0, x1, width, style.stroke);
  const [top, bottom] = placeSide(y0, y1, height, style.stroke);
  const radius = Math.min(style.radius, (right - left) / 4, (bottom - top) / 4);
  return { ...style, radius, x0: left, y0: top, x1: right, y1: bottom };
}

/**
 * Where a label joins the outline: flush with the brackets at the sides, over the stroke at top and bottom, so that the
 * two are one shape.
 */
export function labelArea({ x0, y0, x1, y1, stroke, bracket }: Outline): Area {
  const side = Math.max(stroke, bracket) / 2;
  return { left: x0 - side, top: y0 + stroke / 2, right: x1 + side, bottom: y1 - stroke / 2 };
}

/** Middle lines of two opposite sides: the stroke on whole pixels, inside the picture, three strokes apart at least. */
function placeSide(start: number, end: number, size: number, stroke: number): [number, number] {
  const limit = Math.max(0, size - stroke);
  const inside = (value: number) => Math.min(limit, Math.max(0, value));
  // Halves go towards the middle of the box on both sides.
  let low = inside(Math.round(start - stroke / 2));
  let high = inside(Math.ceil(end - stroke / 2 - 0.5));
  const least = Math.min(limit, 3 * stroke);
  if (high - low < least) {
    low = Math.min(limit - least, Math.max(0, Math.round((low + high - least) / 2)));
    high = low + least;
  }
  return [low + stroke / 2, high + stroke / 2];
}
