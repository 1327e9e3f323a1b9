import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createCanvas, loadImage, type SKRSContext2D } from '@napi-rs/canvas';
import { HeatboxError } from '../error.ts';
import type { Box, Size } from '../types.ts';

/** A picture of the sheet. */
export interface SheetPicture {
  readonly file: string;
  readonly truth: readonly Box[];
  readonly found: Box | undefined;
  /** The space of the boxes. */
  readonly size: Size;
}

const TILE = 224;
const COLUMNS = 6;

/**
 * Draws images beside each other as a PNG, the true boxes green, the found one red.
 *
 * @param folder Where the images are.
 * @throws HeatboxError `OUTPUT_WRITE`
 */
export async function writeSheet(path: string, folder: string, pictures: readonly SheetPicture[]): Promise<void> {
  const columns = Math.min(COLUMNS, Math.max(pictures.length, 1));
  const canvas = createCanvas(columns * TILE, Math.max(1, Math.ceil(pictures.length / columns)) * TILE);
  const context = canvas.getContext('2d');
  context.lineWidth = 3;
  for (const [position, { file, truth, found, size }] of pictures.entries()) {
    context.save();
    context.translate((position % columns) * TILE, Math.floor(position / columns) * TILE);
    context.beginPath();
    context.rect(0, 0, TILE, TILE);
    context.clip();
    const scale = TILE / Math.max(size.width, size.height);
    context.drawImage(await loadImage(join(folder, file)), 0, 0, size.width * scale, size.height * scale);
    for (const box of truth) outline(context, box, scale, 'lime');
    if (found) outline(context, found, scale, 'red');
    context.restore();
  }
  try {
    await writeFile(path, await canvas.encode('png'));
  } catch (cause) {
    throw new HeatboxError('OUTPUT_WRITE', `could not write ${basename(path)}: ${(cause as Error).message}`, {
      value: path,
      cause,
      hint: 'Check the folder and its permissions.',
    });
  }
}

function outline(context: SKRSContext2D, [x0, y0, x1, y1]: Box, scale: number, colour: string): void {
  context.strokeStyle = colour;
  context.strokeRect(x0 * scale, y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale);
}
