import type { Point } from '../types.ts';
import type { Yuv } from './colour.ts';
import { type Area, paint } from './paint.ts';
import type { Surface } from './picture.ts';

interface Segment {
  readonly x0: number;
  readonly y0: number;
  readonly dx: number;
  readonly dy: number;
  readonly length2: number;
  /** Position along the trail of both ends, 0 oldest to 1 newest. */
  readonly age0: number;
  readonly age1: number;
  readonly area: Area;
}

/** Rows painted at once: few enough that a band holds little but the line, a multiple of every chroma block. */
const BAND = 16;

/**
 * A tapering line along past centres, faint and thin at its old end. Points nearer to each other than the line is wide
 * are passed over: they would only show the trembling of the box. Points that are not numbers or absurdly far are left
 * out.
 *
 * @param points pixels of the picture, newest last
 * @param thickness pixels at the new end
 * @param opacity 0 to 1, at the new end
 */
export function paintTrail(
  surface: Surface,
  points: readonly Point[],
  thickness: number,
  colour: Yuv,
  opacity: number,
): void {
  const kept = thin(points, thickness, 4 * (surface.width + surface.height));
  const segments: Segment[] = [];
  for (let i = 1; i < kept.length; i++) {
    segments.push(segment(kept[i - 1]!, kept[i]!, (i - 1) / (kept.length - 1), i / (kept.length - 1), thickness));
  }
  const first = Math.max(0, Math.min(...segments.map(({ area }) => area.top)));
  const last = Math.min(surface.height, Math.max(...segments.map(({ area }) => area.bottom)));
  for (let top = Math.floor(first / BAND) * BAND; top < last; top += BAND) {
    const bottom = top + BAND;
    const inside = segments.filter(({ area }) => area.top < bottom && area.bottom > top);
    if (inside.length === 0) continue;
    const left = Math.min(...inside.map(({ area }) => area.left));
    const right = Math.max(...inside.map(({ area }) => area.right));
    const coverage = (y: number, from: number, to: number, out: Uint8Array): void => {
      for (const part of inside) {
        if (y >= part.area.top && y < part.area.bottom) coverSegment(part, thickness, y, from, to, out);
      }
    };
    paint(surface, { left, top, right, bottom }, coverage, colour, opacity);
  }
}

function thin(points: readonly Point[], least: number, farthest: number): Point[] {
  const kept: Point[] = [];
  let last: Point | undefined;
  for (let i = points.length - 1; i >= 0; i--) {
    const point = points[i]!;
    if (!(Math.abs(point.x) < farthest && Math.abs(point.y) < farthest)) continue;
    if (last && Math.hypot(point.x - last.x, point.y - last.y) < least) continue;
    kept.push(point);
    last = point;
  }
  return kept.reverse();
}

function segment(from: Point, to: Point, age0: number, age1: number, thickness: number): Segment {
  const reach = thickness / 2 + 1;
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  return {
    x0: from.x,
    y0: from.y,
    dx,
    dy,
    length2: dx * dx + dy * dy,
    age0,
    age1,
    area: {
      left: Math.floor(Math.min(from.x, to.x) - reach),
      top: Math.floor(Math.min(from.y, to.y) - reach),
      right: Math.ceil(Math.max(from.x, to.x) + reach),
      bottom: Math.ceil(Math.max(from.y, to.y) + reach),
    },
  };
}

/** Raises the row to the segment's coverage, so that joints are not darker than the line. */
function coverSegment(part: Segment, thickness: number, y: number, left: number, right: number, out: Uint8Array): void {
  const first = Math.max(left, part.area.left);
  const last = Math.min(right, part.area.right);
  const fromY = y + 0.5 - part.y0;
  for (let x = first; x < last; x++) {
    const fromX = x + 0.5 - part.x0;
    const along = Math.max(0, Math.min(1, (fromX * part.dx + fromY * part.dy) / part.length2));
    const awayX = fromX - along * part.dx;
    const awayY = fromY - along * part.dy;
    const age = part.age0 + (part.age1 - part.age0) * along;
    const half = (thickness / 2) * (0.35 + 0.65 * age);
    const cover = Math.min(1, half + 0.5 - Math.sqrt(awayX * awayX + awayY * awayY));
    if (cover <= 0) continue;
    const value = Math.round(cover * age * 255);
    if (value > out[x - left]!) out[x - left] = value;
  }
}
