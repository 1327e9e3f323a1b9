import type { Size } from '../../../src/types.ts';
import type { DecodedFrame } from '../player/decode/frames.ts';
import type { Area } from './fit.ts';

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** The size at which a frame is shown, in its own pixels. */
export function displaySize({ config, image }: Pick<DecodedFrame, 'config' | 'image'>): Size {
  if (config.display) return config.display;
  return image instanceof ImageBitmap ? image : { width: image.displayWidth, height: image.displayHeight };
}

/** Draws the picture upright and with square pixels. */
export function drawPicture(context: Context, { config: { rotation }, image }: DecodedFrame, area: Area): void {
  const turned = rotation === 90 || rotation === 270;
  const [width, height] = turned ? [area.height, area.width] : [area.width, area.height];
  context.save();
  context.translate(area.x + area.width / 2, area.y + area.height / 2);
  context.rotate((rotation * Math.PI) / 180);
  context.drawImage(image, -width / 2, -height / 2, width, height);
  context.restore();
}
