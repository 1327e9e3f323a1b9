import { css } from '../../../src/overlay/colour.ts';
import { trackColour } from '../../../src/overlay/palette.ts';
import type { Trails } from '../../../src/overlay/trails.ts';
import type { WireTrack } from '../../../src/protocol/events.ts';
import type { Size } from '../../../src/types.ts';
import type { Area } from './fit.ts';

/**
 * Draws where the centres of tracks were, fading with age.
 *
 * @param size - Of the frame, whose pixels the trails are in.
 */
export function drawTrails(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  tracks: readonly WireTrack[],
  trails: Trails,
  size: Size,
  area: Area,
  stroke: number,
): void {
  context.save();
  context.lineCap = 'round';
  context.lineWidth = stroke * 1.6;
  for (const { id, label } of tracks) {
    const points = trails.get(id) ?? [];
    for (let index = 1; index < points.length; index++) {
      const from = points[index - 1]!;
      const to = points[index]!;
      context.strokeStyle = css(trackColour(id, label), 0.85 * (index / points.length));
      context.beginPath();
      context.moveTo(area.x + (from.x / size.width) * area.width, area.y + (from.y / size.height) * area.height);
      context.lineTo(area.x + (to.x / size.width) * area.width, area.y + (to.y / size.height) * area.height);
      context.stroke();
    }
  }
  context.restore();
}
