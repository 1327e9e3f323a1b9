import type { Trails } from '../../../src/overlay/trails.ts';
import type { WireTrack } from '../../../src/protocol/events.ts';
import type { ShownFrame } from '../player/decode/frames.ts';
import { type BoxOptions, drawBoxes, sizesFor } from './boxes.ts';
import type { Area } from './fit.ts';
import { drawHeat, type HeatOptions } from './heat.ts';
import { drawPicture } from './picture.ts';
import { drawTrails } from './trails.ts';

/** What is drawn over the picture. */
export interface Overlay extends Omit<BoxOptions, 'isHeld'> {
  readonly boxes: boolean;
  readonly trails: boolean;
  readonly heatmap: boolean;
  readonly heat: HeatOptions;
}

/** Draws a frame and what belongs to it: the boxes of its own event, or, dimmed, those held from a frame before. */
export function drawScene(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  frame: ShownFrame,
  tracks: readonly WireTrack[],
  trails: Trails,
  overlay: Overlay,
  area: Area,
  ratio: number,
): void {
  drawPicture(context, frame, area);
  if (overlay.heatmap) drawHeat(context, frame.maps, area, overlay.heat);
  const event = frame.event ?? frame.held;
  if (!event) return;
  const sizes = sizesFor(area, ratio);
  if (overlay.trails) drawTrails(context, tracks, trails, event.size, area, sizes.stroke);
  if (overlay.boxes) drawBoxes(context, tracks, area, sizes, { ...overlay, isHeld: !frame.event });
}
