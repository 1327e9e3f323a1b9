import { readFile } from 'node:fs/promises';
import { createCanvas, type Image, loadImage } from '@napi-rs/canvas';
import { HeatboxError } from '../../error.ts';
import type { Box, ModelInput, Size } from '../../types.ts';

/** A still image: its size in pixels, and what the network sees of it. */
export interface StillImage {
  readonly display: Size;
  /** The image, or a view of it, squashed to a size. */
  input(size: Size, view?: View): ModelInput;
}

/** A part of a picture, as shares of its sides, and whether it is turned left to right. */
export interface View {
  readonly box: Box;
  readonly flipped: boolean;
}

const WHOLE: View = { box: [0, 0, 1, 1], flipped: false };

/**
 * Reads a JPEG, PNG, WebP, AVIF or GIF. For folders of many small images, each of its own size, where a media host for
 * every one would cost more than the network.
 *
 * @throws HeatboxError `IMAGE_UNREADABLE`
 */
export async function readImage(path: string): Promise<StillImage> {
  let image: Image;
  try {
    const bytes = await readFile(path);
    // SVG, which may name other files.
    if (/^\s*</.test(bytes.toString('latin1', 0, 256).replace('\u00ef\u00bb\u00bf', ''))) throw new Error('it is text');
    image = await loadImage(bytes);
  } catch (cause) {
    const name = path.includes('\ufffd') ? ' Names that are not UTF-8 cannot be opened: rename the file.' : '';
    throw new HeatboxError('IMAGE_UNREADABLE', `cannot read ${path} as an image: ${(cause as Error).message}`, {
      value: path,
      kind: 'usage',
      hint: `JPEG, PNG, WebP, AVIF and GIF can be read.${name}`,
      cause,
    });
  }
  return { display: { width: image.width, height: image.height }, input: (size, view) => scaled(image, size, view) };
}

function scaled(image: Image, { width, height }: Size, { box, flipped }: View = WHOLE): ModelInput {
  const context = createCanvas(width, height).getContext('2d');
  // Pictures made smaller are averaged; 'high' takes four pixels by four and leaves out those between.
  context.imageSmoothingQuality = 'medium';
  if (flipped) {
    context.translate(width, 0);
    context.scale(-1, 1);
  }
  const [x0, y0, x1, y1] = [box[0] * image.width, box[1] * image.height, box[2] * image.width, box[3] * image.height];
  context.drawImage(image, x0, y0, x1 - x0, y1 - y0, 0, 0, width, height);
  const { data: rgba } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from]!;
    data[to + 1] = rgba[from + 1]!;
    data[to + 2] = rgba[from + 2]!;
  }
  return { data, width, height };
}
