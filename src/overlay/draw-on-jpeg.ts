import { createCanvas, loadImage, type SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../types.ts';
import { css } from './colour.ts';
import { fontFamilies } from './fonts.ts';
import type { OverlayTrack } from './overlay.ts';
import { textColour, trackColour } from './palette.ts';

const QUALITY = 88;

/**
 * Draws boxes with their labels into a JPEG.
 *
 * @param jpeg - Upright.
 * @param tracks - Boxes in pixels of `frame`, which the JPEG may show smaller.
 * @returns another JPEG of the same size
 * @throws Error where the bytes are not a picture, HeatboxError `FONT_MISSING`
 */
export async function drawOnJpeg(jpeg: Uint8Array, tracks: readonly OverlayTrack[], frame: Size): Promise<Uint8Array> {
  const image = await loadImage(jpeg);
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const scale = { x: image.width / frame.width, y: image.height / frame.height };
  for (const track of tracks) if (track.state !== 'ended') drawTrack(context, track, scale, canvas);
  return canvas.encode('jpeg', QUALITY);
}

function drawTrack(
  context: SKRSContext2D,
  { id, label, score, box, state }: OverlayTrack,
  scale: { readonly x: number; readonly y: number },
  { width, height }: Size,
): void {
  const side = Math.min(width, height);
  const stroke = Math.max(2, Math.round(side / 300));
  const colour = trackColour(id, label);
  const [x, y] = [Math.round(box[0] * scale.x), Math.round(box[1] * scale.y)];
  const [across, down] = [Math.round(box[2] * scale.x) - x, Math.round(box[3] * scale.y) - y];
  context.globalAlpha = state === 'lost' ? 0.6 : 1;
  for (const [style, extra] of [['rgb(0 0 0 / 0.45)', 2] as const, [css(colour), 0] as const]) {
    context.strokeStyle = style;
    context.lineWidth = stroke + extra;
    context.strokeRect(x + stroke / 2, y + stroke / 2, across - stroke, down - stroke);
  }
  const size = Math.round(Math.max(10, Math.min(48, 3 + side / 40)));
  context.font = `600 ${size}px ${fontFamilies()}`;
  const text = [label, `${Math.round(100 * score)}%`, ...(id === undefined ? [] : [`#${id}`])].join('  ');
  const chip = { width: context.measureText(text).width + size, height: Math.round(size * 1.5) };
  const left = Math.max(0, Math.min(width - chip.width, x));
  const top = Math.max(0, Math.min(height - chip.height, y - chip.height));
  context.fillStyle = css(colour);
  context.fillRect(left, top, chip.width, chip.height);
  context.fillStyle = css(textColour(colour));
  context.textBaseline = 'middle';
  context.fillText(text, left + size / 2, top + chip.height / 2);
}
