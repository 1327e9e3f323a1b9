import type { Size } from '../../../src/types.ts';

/** A rectangle in pixels of a canvas. */
export interface Area extends Size {
  readonly x: number;
  readonly y: number;
}

/** The largest rectangle with the picture's sides that fits into a canvas, in its middle, on whole pixels. */
export function fit(picture: Size, canvas: Size): Area {
  const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
  const width = Math.round(picture.width * scale);
  const height = Math.round(picture.height * scale);
  return {
    x: Math.round((canvas.width - width) / 2),
    y: Math.round((canvas.height - height) / 2),
    width,
    height,
  };
}
