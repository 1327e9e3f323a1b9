import type { Box } from '../../types.ts';
import type { Area, Coverage } from './paint.ts';

export interface OutlineStyle {
  /** Stroke, whole pixels. */
  readonly stroke: number;
  /** Thickness of the corner brackets; equal to `stroke` for none. */
  readonly bracket: number;
  /** Radius of the corners on the stroke's middle line, pixels. */
  readonly radius: number;
  readonly dashed: boolean;
}

/** A rounded rectangle's line, on whole pixels so that its straight edges are crisp. */
export interface Outline extends OutlineStyle {
  /** Middle line of the stroke. */
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

/** Outer edge of the outline without its brackets. */
export function outerArea({ x0, y0, x1, y1, stroke }: Outline): Area {
  const half = stroke / 2;
  return { left: x0 - half, top: y0 - half, right: x1 + half, bottom: y1 + half };
}

/**
 * The four bands that hold the outline, not the inside of it. They do not share a chroma sample, so that none is blended
 * twice.
 *
 * @param grow pixels by which the line is thickened to both sides
 */
export function outlineAreas(outline: Outline, grow: number): Area[] {
  const { x0, y0, x1, y1, radius } = outline;
  const half = Math.max(outline.stroke, outline.bracket) / 2 + grow;
  const reach = Math.max(half, radius + 1);
  const down = (value: number) => Math.floor(value / 4) * 4;
  const up = (value: number) => Math.ceil(value / 4) * 4;
  const outer = {
    left: down(x0 - half),
    top: down(y0 - half),
    right: up(x1 + half),
    bottom: up(y1 + half),
  };
  const innerTop = Math.min(up(y0 + reach), outer.bottom);
  const innerBottom = Math.max(down(y1 - reach), innerTop);
  const innerLeft = Math.min(up(x0 + half), outer.right);
  const innerRight = Math.max(down(x1 - half), innerLeft);
  return [
    { ...outer, bottom: innerTop },
    { left: outer.left, top: innerTop, right: innerLeft, bottom: innerBottom },
    { left: innerRight, top: innerTop, right: outer.right, bottom: innerBottom },
    { ...outer, top: innerBottom },
  ];
}

/**
 * Coverage of the line, from the signed distance to the rounded rectangle; the dashes of a predicted box lie evenly
 * between its corners.
 *
 * @param grow pixels by which the line is thickened to both sides
 */
export function outlineCoverage(outline: Outline, grow: number): Coverage {
  const { x0, y0, x1, y1, radius, stroke, bracket, dashed } = outline;
  const halfWidth = (x1 - x0) / 2;
  const halfHeight = (y1 - y0) / 2;
  const centreX = (x0 + x1) / 2;
  const centreY = (y0 + y1) / 2;
  const arm = Math.round(Math.min(Math.min(halfWidth, halfHeight) * (dashed ? 0.35 : 0.45), stroke * 9));
  const dashX = dashes(halfWidth - arm, stroke);
  const dashY = dashes(halfHeight - arm, stroke);

  return (y, left, right, out) => {
    const distanceY = Math.abs(y + 0.5 - centreY) - halfHeight;
    for (let x = left; x < right; x++) {
      const distanceX = Math.abs(x + 0.5 - centreX) - halfWidth;
      const cornerX = distanceX + radius;
      const cornerY = distanceY + radius;
      const distance =
        cornerX > 0 && cornerY > 0
          ? Math.sqrt(cornerX * cornerX + cornerY * cornerY) - radius
          : Math.max(distanceX, distanceY);
      const inCorner = -distanceX < arm + grow && -distanceY < arm + grow;
      let half = (inCorner ? bracket : stroke) / 2;
      if (dashed && !inCorner) {
        const isOn = distanceX > distanceY ? dashY(distanceY + halfHeight, grow) : dashX(distanceX + halfWidth, grow);
        if (!isOn) half = -1 - grow;
      }
      const cover = half + grow + 0.5 - Math.abs(distance);
      out[x - left] = cover >= 1 ? 255 : cover <= 0 ? 0 : Math.round(cover * 255);
    }
  };
}

/** Whether the point at some distance from a side's middle lies on a dash; dashes and gaps fill `half` evenly. */
function dashes(half: number, stroke: number): (fromMiddle: number, grow: number) => boolean {
  const dash = stroke * 4;
  const gap = stroke * 3;
  const count = Math.max(1, Math.round((2 * half) / (dash + gap)));
  const period = (2 * half) / count;
  const shift = count % 2 === 0 ? period / 2 : 0;
  const reach = (period * dash) / (dash + gap) / 2;
  return (fromMiddle, grow) => {
    const phase = (fromMiddle + shift + period / 2) % period;
    return Math.abs(phase - period / 2) < reach + grow;
  };
}

/** Middle lines of two opposite sides: the stroke on whole pixels, inside the picture, never thinner than three strokes. */
function placeSide(start: number, end: number, size: number, stroke: number): [number, number] {
  const half = stroke / 2;
  const limit = Math.max(0, size - stroke);
  const snap = (value: number) => Math.min(limit, Math.max(0, Math.round(value - half)));
  let low = snap(start);
  let high = snap(end);
  const least = Math.min(limit, 3 * stroke);
  if (high - low < least) {
    low = Math.min(limit - least, Math.max(0, Math.round((low + high - least) / 2)));
    high = low + least;
  }
  return [low + half, high + half];
}
