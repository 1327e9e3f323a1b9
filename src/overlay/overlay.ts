import type { Box, Point, TrackState } from '../types.ts';
import { blurBox } from './blur.ts';
import { type Chip, placeChip, setChip } from './chips.ts';
import { type Rgb, toYuv } from './colour.ts';
import { drawHeatMap, type HeatMap } from './heat/heatmap.ts';
import { labelArea, type Outline, placeOutline } from './outline.ts';
import { paintOutline } from './outline-paint.ts';
import { type Area, paint } from './paint.ts';
import { BLACK, textColour, trackColour } from './palette.ts';
import { openSurface, type Picture, type Surface } from './picture.ts';
import { paintRounded } from './rectangle.ts';
import { paintTrail } from './trail-line.ts';

/**
 * What is drawn of a track, or of a localisation without one. Measured and predicted boxes look alike: most are predicted,
 * since the network sees few frames.
 */
export interface OverlayTrack {
  /** Chooses the colour and is shown; without it the label chooses. */
  readonly id?: number;
  /** What is written beside the box. */
  readonly label: string;
  /** Softmax probability, shown in per cent. */
  readonly score: number;
  /** Display pixels, which are the picture's. */
  readonly box: Box;
  /** Past centres, newest last. */
  readonly trail?: readonly Point[];
  /** A lost track is fainter, a tentative one has no brackets, an ended one is not drawn. */
  readonly state: TrackState;
}

/** What is drawn on a frame. */
export interface Overlay {
  /** Boxes, with what is written beside them. */
  readonly tracks: readonly OverlayTrack[];
  /** Drawn below the boxes. */
  readonly heatmap?: HeatMap;
  /** Hide what is in the boxes, and draw nothing. */
  readonly blur?: boolean;
}

/** Sizes that follow the picture: fine lines at 4K, a legible label at 160 pixels. */
interface Sizes {
  readonly font: number;
  readonly stroke: number;
  readonly rim: number;
}

interface Placed {
  readonly track: OverlayTrack;
  readonly outline: Outline;
  readonly colour: Rgb;
  readonly strength: number;
}

/**
 * Draws heat map, trails, boxes and labels straight into a picture's planes. Boxes are cut to the picture, labels lie
 * inside it; a box that is not a number or out of sight is left out. Nothing is written outside the rows' visible bytes.
 * The planes are touched only during the call.
 *
 * @throws HeatboxError `BAD_PICTURE` when the picture's sizes, strides and planes do not fit together.
 */
export function drawOverlay(picture: Picture, { tracks, heatmap, blur }: Overlay): void {
  const surface = openSurface(picture);
  if (blur) {
    for (const { box, state } of tracks) if (state !== 'ended') blurBox(surface, box);
    return;
  }
  if (heatmap) drawHeatMap(surface, heatmap);
  const sizes = sizesFor(surface);
  const placed = tracks
    .flatMap((track) => place(track, surface, sizes) ?? [])
    .sort((a, b) => (a.track.id ?? 0) - (b.track.id ?? 0));
  for (const one of placed) drawTrail(surface, one, sizes);
  for (const one of placed) drawOutline(surface, one, sizes);
  const taken: Area[] = [];
  for (const one of placed) {
    const chip = setChip(one.track, sizes.font, surface.width);
    const area = placeChip(chip, labelArea(one.outline), surface.width, surface.height, taken);
    taken.push(area);
    drawChip(surface, chip, area, one, sizes);
  }
}

function sizesFor({ width, height }: Surface): Sizes {
  const side = Math.min(width, height);
  return {
    font: Math.round(Math.max(9, Math.min(64, 3 + side / 40))),
    stroke: Math.max(1, Math.round(side / 360)),
    rim: Math.max(1, Math.round(side / 1080)),
  };
}

function place(track: OverlayTrack, { width, height }: Surface, { stroke }: Sizes): Placed | undefined {
  if (track.state === 'ended') return undefined;
  const bracketed = track.state === 'confirmed';
  const outline = placeOutline(track.box, width, height, {
    stroke,
    bracket: bracketed ? stroke + 2 * Math.ceil(stroke / 2) : stroke,
    radius: stroke * 2.5,
  });
  if (!outline) return undefined;
  return {
    track,
    outline,
    colour: trackColour(track.id, track.label),
    strength: track.state === 'lost' ? 0.6 : 1,
  };
}

function drawTrail(surface: Surface, { track, colour, strength }: Placed, { stroke }: Sizes): void {
  if (track.trail) paintTrail(surface, track.trail, stroke * 2, toYuv(colour, surface.space), 0.85 * strength);
}

/** The line over a dark rim, which holds it on light ground. */
function drawOutline(surface: Surface, { outline, colour, strength }: Placed, { rim }: Sizes): void {
  paintOutline(surface, outline, rim, toYuv(BLACK, surface.space), 0.45 * strength);
  paintOutline(surface, outline, 0, toYuv(colour, surface.space), strength);
}

/** A tab where it joins its box, else rounded all round, on the same dark rim. */
function drawChip(surface: Surface, chip: Chip, area: Area, placed: Placed, { font, rim }: Sizes): void {
  const { outline, colour, strength } = placed;
  const join = labelArea(outline);
  const corners = {
    upper: area.top === join.bottom ? 0 : font * 0.25,
    lower: area.bottom === join.top ? 0 : font * 0.25,
  };
  const around = { left: area.left - rim, top: area.top - rim, right: area.right + rim, bottom: area.bottom };
  paintRounded(surface, around, corners, toYuv(BLACK, surface.space), 0.45 * strength);
  paintRounded(surface, area, corners, toYuv(colour, surface.space));
  const ink = toYuv(textColour(colour), surface.space);
  for (const { mask, x, strong } of chip.pieces) {
    const left = area.left + x + mask.left;
    const top = area.top + chip.baseline + mask.top;
    const bounds: Area = {
      left: Math.max(area.left, left),
      top: Math.max(area.top, top),
      right: Math.min(area.right, left + mask.width),
      bottom: Math.min(area.bottom, top + mask.height),
    };
    const glyphs = (y: number, from: number, to: number, out: Uint8Array): void => {
      if (y < bounds.top || y >= bounds.bottom) return;
      const first = Math.max(from, bounds.left);
      const last = Math.min(to, bounds.right);
      if (first >= last) return;
      const start = (y - top) * mask.width - left;
      out.set(mask.data.subarray(start + first, start + last), first - from);
    };
    paint(surface, bounds, glyphs, ink, strong ? 1 : 0.8);
  }
}
