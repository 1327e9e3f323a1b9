import type { Yuv } from './colour.ts';
import type { Outline } from './outline.ts';
import { type Area, type Coverage, paint } from './paint.ts';
import type { Surface } from './picture.ts';
import { paintRectangle } from './rectangle.ts';

/** Pieces are cut where no chroma sample has pixels on both sides, so that none is blended twice. */
const GRID = 4;

/**
 * Paints an outline: its corners from the distance to the rounded rectangle, the sides between them as bars.
 *
 * @param grow whole pixels by which the line is thickened on both sides, for the rim beneath it
 */
export function paintOutline(surface: Surface, outline: Outline, grow: number, colour: Yuv, opacity: number): void {
  const { x0, y0, x1, y1, stroke, bracket, radius } = outline;
  const arm = Math.round(Math.min(Math.min(x1 - x0, y1 - y0) * 0.22, stroke * 9));
  const reach = Math.max(stroke, bracket) / 2 + grow + 1;
  const corner = Math.max(arm + grow, radius) + 1;
  const columns = split(x0, x1, reach, corner);
  const rows = split(y0, y1, reach, corner);

  const coverage = cornerCoverage(outline, arm, grow);
  const edge = up(Math.max(reach, radius + 1));
  for (const area of corners(columns, rows, edge)) paint(surface, area, coverage, colour, opacity);
  const half = stroke / 2 + grow;
  const bar = (area: Area) => paintRectangle(surface, area, colour, opacity);
  const [left, right] = columns.middle;
  for (const y of [y0, y1]) bar({ left, right, top: y - half, bottom: y + half });
  const [top, bottom] = rows.middle;
  for (const x of [x0, x1]) bar({ top, bottom, left: x - half, right: x + half });
}

type Span = readonly [from: number, to: number];

interface Side {
  readonly start: Span;
  readonly middle: Span;
  readonly end: Span;
}

const down = (value: number) => Math.floor(value / GRID) * GRID;
const up = (value: number) => Math.ceil(value / GRID) * GRID;

/** The four corners without the empty part inside them: what is left is an arm along the row, and one down the column. */
function corners(columns: Side, rows: Side, edge: number): Area[] {
  const areas: Area[] = [];
  const [topFrom, topTo] = rows.start;
  const [bottomFrom, bottomTo] = rows.end;
  const topEdge = Math.min(topTo, topFrom + edge * 2);
  const bottomEdge = Math.max(bottomFrom, bottomTo - edge * 2);
  for (const [left, right] of [columns.start, columns.end]) {
    areas.push({ left, right, top: topFrom, bottom: topEdge }, { left, right, top: bottomEdge, bottom: bottomTo });
  }
  const leftEdge = Math.min(columns.start[1], columns.start[0] + edge * 2);
  const rightEdge = Math.max(columns.end[0], columns.end[1] - edge * 2);
  for (const [left, right] of [
    [columns.start[0], leftEdge],
    [rightEdge, columns.end[1]],
  ] as const) {
    areas.push({ left, right, top: topEdge, bottom: topTo }, { left, right, top: bottomFrom, bottom: bottomEdge });
  }
  return areas;
}

/** A side as corner, middle, corner; the middle is empty where the corners meet. */
function split(low: number, high: number, reach: number, corner: number): Side {
  const from = down(low - reach);
  const to = up(high + reach);
  const centre = Math.max(from, Math.min(to, down((low + high) / 2)));
  const first = Math.min(centre, up(low + corner));
  const second = Math.max(centre, down(high - corner));
  return { start: [from, first], middle: [first, second], end: [second, to] };
}

/** A corner of the line: thick as far as the bracket's arm reaches, then the stroke. */
function cornerCoverage(outline: Outline, arm: number, grow: number): Coverage {
  const { x0, y0, x1, y1, radius, stroke, bracket } = outline;
  const halfWidth = (x1 - x0) / 2;
  const halfHeight = (y1 - y0) / 2;
  const centreX = (x0 + x1) / 2;
  const centreY = (y0 + y1) / 2;
  const armHalf = bracket / 2 + grow + 0.5;
  const restHalf = stroke / 2 + grow + 0.5;
  return (y, left, right, out) => {
    const distanceY = Math.abs(y + 0.5 - centreY) - halfHeight;
    for (let x = left; x < right; x++) {
      const distanceX = Math.abs(x + 0.5 - centreX) - halfWidth;
      const roundX = distanceX + radius;
      const roundY = distanceY + radius;
      const distance =
        roundX > 0 && roundY > 0
          ? Math.sqrt(roundX * roundX + roundY * roundY) - radius
          : Math.max(distanceX, distanceY);
      const isArm = -distanceX < arm + grow && -distanceY < arm + grow;
      const cover = (isArm ? armHalf : restHalf) - Math.abs(distance);
      if (cover > 0) out[x - left] = cover >= 1 ? 255 : Math.round(cover * 255);
    }
  };
}
