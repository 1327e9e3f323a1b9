import { css } from '../../../src/overlay/colour.ts';
import { textColour, trackColour } from '../../../src/overlay/palette.ts';
import type { WireTrack } from '../../../src/protocol/events.ts';
import type { Area } from './fit.ts';

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export interface BoxOptions {
  /** What stands on a box's label; without any of them there is none. */
  readonly labels: boolean;
  readonly scores: boolean;
  readonly ids: boolean;
  /** The track that was chosen: the others step back. */
  readonly selected: number | undefined;
  /** The boxes are those of a frame before: they are dimmed. */
  readonly isHeld: boolean;
}

/** Sizes in canvas pixels: fine lines on large screens, legible labels on small ones. */
export interface Sizes {
  readonly font: number;
  readonly stroke: number;
}

/** @param ratio - Canvas pixels per CSS pixel. */
export function sizesFor(area: Area, ratio: number): Sizes {
  const side = Math.min(area.width, area.height) / ratio;
  return {
    font: Math.round(Math.max(10, Math.min(22, 6 + side / 72)) * ratio),
    stroke: Math.max(1, Math.round(Math.max(1.5, Math.min(4, side / 280)) * ratio)),
  };
}

/** A track's box in canvas pixels. */
export function boxArea({ boxNorm: [x0, y0, x1, y1] }: Pick<WireTrack, 'boxNorm'>, area: Area): Area {
  const x = area.x + x0 * area.width;
  const y = area.y + y0 * area.height;
  return { x, y, width: (x1 - x0) * area.width, height: (y1 - y0) * area.height };
}

/** Opacity of the boxes of a frame before, and of their names, which are still to be read. */
const HELD = { box: 0.35, name: 0.7 };

/** Draws the boxes, then their labels, so that no line runs over a name. */
export function drawBoxes(
  context: Context,
  tracks: readonly WireTrack[],
  area: Area,
  sizes: Sizes,
  options: BoxOptions,
): void {
  context.save();
  context.beginPath();
  context.rect(area.x, area.y, area.width, area.height);
  context.clip();
  const strength = (track: WireTrack, part: keyof typeof HELD) =>
    (options.isHeld ? HELD[part] : 1) *
    (track.state === 'lost' ? 0.6 : 1) *
    (options.selected === undefined || options.selected === track.id ? 1 : 0.4);
  for (const track of tracks) {
    context.globalAlpha = strength(track, 'box');
    drawOutline(context, track, boxArea(track, area), sizes);
  }
  const taken: Area[] = [];
  for (const track of tracks) {
    const text = chipText(track, options);
    if (text.length === 0) continue;
    context.globalAlpha = strength(track, 'name');
    drawChip(context, track, text, area, sizes, taken);
  }
  context.restore();
}

function drawOutline(context: Context, track: WireTrack, box: Area, { stroke }: Sizes): void {
  const radius = Math.min(stroke * 2.5, box.width / 2, box.height / 2);
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, Math.max(0, radius));
  // A dark rim holds the line on light ground.
  context.strokeStyle = 'rgb(0 0 0 / 0.45)';
  context.lineWidth = stroke + 2;
  context.stroke();
  context.strokeStyle = css(trackColour(track.id, track.label));
  context.lineWidth = stroke;
  context.stroke();
  if (track.state === 'confirmed') drawCorners(context, box, stroke, radius);
}

/** Heavier corners on what is in sight. */
function drawCorners(context: Context, box: Area, stroke: number, radius: number): void {
  const reach = Math.min(stroke * 9, box.width / 3, box.height / 3);
  const { x, y, width, height } = box;
  context.lineWidth = stroke * 2;
  context.lineCap = 'round';
  context.beginPath();
  for (const [cornerX, cornerY, across, down] of [
    [x, y, 1, 1],
    [x + width, y, -1, 1],
    [x + width, y + height, -1, -1],
    [x, y + height, 1, -1],
  ] as const) {
    context.moveTo(cornerX + across * reach, cornerY);
    context.lineTo(cornerX + across * radius, cornerY);
    context.quadraticCurveTo(cornerX, cornerY, cornerX, cornerY + down * radius);
    context.lineTo(cornerX, cornerY + down * reach);
  }
  context.stroke();
}

function chipText({ label, score, id }: WireTrack, { labels, scores, ids }: BoxOptions): string[] {
  return [...(labels ? [label] : []), ...(scores ? [`${Math.round(100 * score)}%`] : []), ...(ids ? [`#${id}`] : [])];
}

function drawChip(
  context: Context,
  track: WireTrack,
  text: readonly string[],
  area: Area,
  { font, stroke }: Sizes,
  taken: Area[],
): void {
  const colour = trackColour(track.id, track.label);
  const box = boxArea(track, area);
  const gap = font * 0.45;
  context.font = `600 ${font}px Inter, system-ui, sans-serif`;
  const [first = '', ...rest] = text;
  const spare = area.width - rest.reduce((sum, piece) => sum + gap + context.measureText(piece).width, 2 * gap);
  const pieces = [shorten(context, first, spare), ...rest];
  const widths = pieces.map((piece) => context.measureText(piece).width);
  const width = widths.reduce((sum, one) => sum + one, gap * (pieces.length + 1));
  const chip = place({ width, height: Math.round(font * 1.55) }, box, stroke, area, taken);
  taken.push(chip);
  context.fillStyle = css(colour);
  context.beginPath();
  context.roundRect(chip.x, chip.y, chip.width, chip.height, font * 0.28);
  context.fill();
  context.fillStyle = css(textColour(colour));
  context.textBaseline = 'middle';
  let x = chip.x + gap;
  for (const [index, piece] of pieces.entries()) {
    context.fillText(piece, x, chip.y + chip.height / 2 + font * 0.04);
    x += widths[index]! + gap;
  }
}

function shorten(context: Context, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let count = text.length;
  while (count > 1 && context.measureText(`${text.slice(0, count)}…`).width > width) count--;
  return `${text.slice(0, count).trimEnd()}…`;
}

/** Above the box, else below it, else inside; where the least of other labels is covered, always in the picture. */
function place(
  { width, height }: Pick<Area, 'width' | 'height'>,
  box: Area,
  stroke: number,
  area: Area,
  taken: readonly Area[],
): Area {
  const left = box.x - stroke / 2;
  const right = box.x + box.width + stroke / 2 - width;
  const above = box.y - height - stroke / 2;
  const below = box.y + box.height + stroke / 2;
  const spots = [
    [left, above],
    [right, above],
    [left, below],
    [right, below],
    [left, box.y],
  ] as const;
  let best: Area | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [x, y] of spots) {
    const spot = {
      x: Math.max(area.x, Math.min(area.x + area.width - width, x)),
      y: Math.max(area.y, Math.min(area.y + area.height - height, y)),
      width,
      height,
    };
    const covered = taken.reduce((sum, other) => sum + overlap(spot, other), 0);
    if (covered < least) {
      best = spot;
      least = covered;
    }
  }
  return best!;
}

function overlap(a: Area, b: Area): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return across > 0 && down > 0 ? across * down : 0;
}
