import type { Trails } from '../../../src/overlay/trails.ts';
import type { WireTrack } from '../../../src/protocol/events.ts';
import { boxArea } from '../draw/boxes.ts';
import { type Area, fit } from '../draw/fit.ts';
import { displaySize, drawPicture } from '../draw/picture.ts';
import { drawScene, type Overlay } from '../draw/scene.ts';
import type { ShownFrame } from './decode/frames.ts';

/** A frame and everything that is drawn over it. */
export interface Scene {
  readonly frame: ShownFrame;
  readonly tracks: readonly WireTrack[];
  readonly trails: Trails;
  readonly overlay: Overlay;
}

/** The canvas that scenes are drawn on, in the pixels of the screen. */
export interface Surface {
  readonly canvas: HTMLCanvasElement;
  /** Where the picture lies in the canvas. */
  readonly area: Area;
  /** Takes another size, CSS pixels; what was drawn is gone. */
  resize(width: number, height: number): void;
  draw(scene: Scene): void;
  /** The smallest box under a point of the canvas, CSS pixels. */
  hit(tracks: readonly WireTrack[], x: number, y: number): WireTrack | undefined;
}

const GROUND = '#0b0d10';

export function createSurface(): Surface {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { alpha: false });
  let area: Area = { x: 0, y: 0, width: 0, height: 0 };
  let ratio = 1;

  return {
    canvas,
    get area() {
      return area;
    },
    resize(width, height) {
      ratio = globalThis.devicePixelRatio;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      area = { x: 0, y: 0, width: 0, height: 0 };
    },
    draw({ frame, tracks, trails, overlay }) {
      if (!context || canvas.width === 0 || canvas.height === 0) return;
      const place = fit(displaySize(frame), canvas);
      if (place.width !== area.width || place.height !== area.height) {
        context.fillStyle = GROUND;
        context.fillRect(0, 0, canvas.width, canvas.height);
      }
      area = place;
      drawScene(context, frame, tracks, trails, overlay, area, ratio);
    },
    hit(tracks, cssX, cssY) {
      const [x, y] = [cssX * ratio, cssY * ratio];
      return tracks
        .map((track) => ({ track, box: boxArea(track, area) }))
        .filter(({ box }) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height)
        .sort((a, b) => a.box.width * a.box.height - b.box.width * b.box.height)[0]?.track;
    },
  };
}

/** Lines and letters of a snapshot are as thick as on a screen that shows it at this height. */
const SNAPSHOT_SIDE = 720;

/** A scene as PNG, in the frame's own size. */
export async function snapshotOf(
  { frame, tracks, trails, overlay }: Scene,
  withOverlay: boolean,
): Promise<Blob | undefined> {
  const size = displaySize(frame);
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  const area = { x: 0, y: 0, ...size };
  const ratio = Math.max(1, Math.min(size.width, size.height) / SNAPSHOT_SIDE);
  if (withOverlay) drawScene(context, frame, tracks, trails, overlay, area, ratio);
  else drawPicture(context, frame, area);
  return canvas.convertToBlob({ type: 'image/png' });
}

/** Copies a part of a picture into a canvas, filling it. */
export function copyPart(frame: ShownFrame, [x0, y0, x1, y1]: WireTrack['boxNorm'], target: HTMLCanvasElement): void {
  const context = target.getContext('2d');
  if (!context) return;
  const { width, height } = displaySize(frame);
  const box = { width: Math.max(2, (x1 - x0) * width), height: Math.max(2, (y1 - y0) * height) };
  const scale = Math.max(target.width / box.width, target.height / box.height);
  const x = target.width / 2 - ((x0 + x1) / 2) * width * scale;
  const y = target.height / 2 - ((y0 + y1) / 2) * height * scale;
  drawPicture(context, frame, { x, y, width: width * scale, height: height * scale });
}
