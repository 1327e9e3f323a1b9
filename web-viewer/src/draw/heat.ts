import type { CellMap } from '../../../src/protocol/video.ts';
import type { HeldMap } from '../player/frame-maps.ts';
import { COLOUR_MAPS, type ColourMapName } from './colour-maps.ts';
import type { Area } from './fit.ts';

export interface HeatOptions {
  /** Below this share of a map's range nothing is drawn, 0 to 1. */
  readonly threshold: number;
  /** Of the hottest place, 0 to 1. */
  readonly opacity: number;
  readonly colours: ColourMapName;
  /** Label of the class whose maps are drawn; all where it is empty. */
  readonly label: string;
}

/** Points across that cells are upsampled to before they are coloured; the canvas does the rest. */
const ACROSS = 160;
/** Width of the soft edge above the threshold, as a share of the range. */
const SOFT = 0.2;

let scratch: OffscreenCanvas | undefined;

/** Draws the maps of a frame over its picture: where several lie over each other the hottest counts. */
export function drawHeat(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  maps: readonly HeldMap[],
  area: Area,
  options: HeatOptions,
): void {
  const chosen = maps.filter(({ map }) => options.label === '' || map.label === options.label);
  if (chosen.length === 0) return;
  const down = Math.max(2, Math.round((ACROSS * area.height) / area.width));
  const heat = new Float32Array(ACROSS * down);
  for (const held of chosen) addMap(heat, down, held);
  const pixels = colour(heat, down, options);
  scratch ??= new OffscreenCanvas(ACROSS, down);
  if (scratch.height !== down) scratch.height = down;
  scratch.getContext('2d')?.putImageData(pixels, 0, 0);
  context.save();
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(scratch, area.x, area.y, area.width, area.height);
  context.restore();
}

/** Bilinear, with the centre of cell `c` at `(c + 0.5) / cols` of the width. */
function addMap(heat: Float32Array, down: number, { map, shift: [shiftX, shiftY] }: HeldMap): void {
  const { rows, cols, data } = map;
  for (let y = 0; y < down; y++) {
    const row = within(((y + 0.5) / down - shiftY) * rows - 0.5, rows);
    for (let x = 0; x < ACROSS; x++) {
      const col = within(((x + 0.5) / ACROSS - shiftX) * cols - 0.5, cols);
      const upper = mix(data[row.low * cols + col.low]!, data[row.low * cols + col.high]!, col.part);
      const lower = mix(data[row.high * cols + col.low]!, data[row.high * cols + col.high]!, col.part);
      const value = mix(upper, lower, row.part) / 255;
      const at = y * ACROSS + x;
      if (value > heat[at]!) heat[at] = value;
    }
  }
}

function within(position: number, count: number): { low: number; high: number; part: number } {
  const inside = Math.max(0, Math.min(count - 1, position));
  const low = Math.floor(inside);
  return { low, high: Math.min(count - 1, low + 1), part: inside - low };
}

function mix(a: number, b: number, part: number): number {
  return a + (b - a) * part;
}

function colour(heat: Float32Array, down: number, { threshold, opacity, colours }: HeatOptions): ImageData {
  const pixels = new ImageData(ACROSS, down);
  const colourOf = COLOUR_MAPS[colours];
  for (let at = 0; at < heat.length; at++) {
    const value = heat[at]!;
    const rise = Math.max(0, Math.min(1, (value - threshold) / SOFT));
    if (rise === 0) continue;
    const [red, green, blue] = colourOf(value);
    pixels.data.set([red, green, blue, 255 * opacity * rise * rise * (3 - 2 * rise)], 4 * at);
  }
  return pixels;
}

/** The labels that maps of a frame are there for. */
export function labelsOf(maps: readonly { readonly map: CellMap }[]): string[] {
  return [...new Set(maps.map(({ map }) => map.label))];
}
