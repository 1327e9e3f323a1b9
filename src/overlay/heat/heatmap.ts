import type { CamMap } from '../../types.ts';
import { toYuv } from '../colour.ts';
import type { ColourSpace, Component, Surface } from '../picture.ts';
import { heatColour } from './heat-colours.ts';

/** A heat map, to be blended into a picture. */
export interface HeatMap {
  /** Raw values; they are normalised. */
  readonly map: CamMap;
  /** Of the hottest place, 0 to 1; colder ones are clearer, the coldest are clear. */
  readonly opacity: number;
}

/** Below this part of the map's range nothing is drawn; above it opacity rises smoothly to its full value at `FULL`. */
const CLEAR = 0.2;
const FULL = 0.7;

const LEVELS = 256;
const FRACTION = 16;

/**
 * Blends a class activation map over a picture: min-max normalised, upsampled bilinearly with half-pixel centres (the
 * centre of cell `c` lies at `(c + 0.5) / cols` of the width), coloured by a perceptual colour map, more opaque where
 * hotter. A flat map draws nothing. Values that are not numbers count as cold.
 */
export function drawHeatMap(surface: Surface, { map, opacity }: HeatMap): void {
  const grid = normalise(map);
  if (!grid) return;
  const blend = blendTable(surface.space, opacity, surface.sampleShift);
  const { width, height, shiftX, shiftY } = surface;
  blendComponent(surface.luma, width, height, map, grid, blend, 0);
  for (let index = 0; index < surface.chroma.length; index++) {
    blendComponent(surface.chroma[index]!, width / 2 ** shiftX, height / 2 ** shiftY, map, grid, blend, index + 1);
  }
}

/** What is left of a sample and what is added to it, by level of heat: `(old * keep + add[component]) >> 8`. */
interface BlendTable {
  readonly keep: Int32Array;
  readonly add: readonly Int32Array[];
  /** Levels below this one leave the picture as it is. */
  readonly firstVisible: number;
  readonly mask: number;
}

let lastTable: { key: string; table: BlendTable } | undefined;

function blendTable(space: ColourSpace, opacity: number, sampleShift: number): BlendTable {
  const { matrix, range, transfer, bitDepth } = space;
  const key = [matrix, range, transfer, bitDepth, sampleShift, opacity].join();
  if (lastTable?.key === key) return lastTable.table;

  const keep = new Int32Array(LEVELS);
  const add = [new Int32Array(LEVELS), new Int32Array(LEVELS), new Int32Array(LEVELS)];
  let firstVisible = LEVELS;
  for (let level = LEVELS - 1; level >= 0; level--) {
    const heat = level / (LEVELS - 1);
    const alpha = Math.round(256 * Math.max(0, Math.min(1, opacity)) * smoothStep((heat - CLEAR) / (FULL - CLEAR)));
    const codes = toYuv(heatColour(heat), space);
    keep[level] = 256 - alpha;
    for (let i = 0; i < 3; i++) add[i]![level] = ((codes[i]! * alpha) << sampleShift) + (128 << sampleShift);
    if (alpha > 0) firstVisible = level;
  }
  const table = { keep, add, firstVisible, mask: -1 << sampleShift };
  lastTable = { key, table };
  return table;
}

function smoothStep(t: number): number {
  const clamped = Math.max(0, Math.min(1, t));
  return clamped * clamped * (3 - 2 * clamped);
}

/** Cells from 0 to 255, or nothing where the map is flat. */
function normalise({ rows, cols, data }: CamMap): Float64Array | undefined {
  if (!(rows > 0 && cols > 0 && data.length >= rows * cols)) return undefined;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows * cols; i++) {
    const value = data[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const range = high - low;
  if (!(range > 1e-6 * Math.max(1, Math.abs(low), Math.abs(high)))) return undefined;
  return Float64Array.from({ length: rows * cols }, (_, i) => {
    const value = data[i]!;
    return Number.isFinite(value) ? ((value - low) / range) * (LEVELS - 1) : 0;
  });
}

/**
 * One component, row by row: the map is interpolated between two of its rows, then runs in fixed point from cell centre to
 * cell centre. Runs that stay cold are passed over.
 *
 * @param extentX,extentY the picture's size in samples of this component; not whole for chroma of odd pictures
 */
function blendComponent(
  component: Component,
  extentX: number,
  extentY: number,
  { rows, cols }: CamMap,
  grid: Float64Array,
  { keep, add, firstVisible, mask }: BlendTable,
  index: number,
): void {
  const { samples, stride, step, offset, width, height } = component;
  const added = add[index]!;
  const one = 2 ** FRACTION;
  const line = new Float64Array(cols + 2);
  const runs = runStarts(cols, width, extentX);
  for (let y = 0; y < height; y++) {
    const position = Math.max(0, Math.min(rows - 1, ((y + 0.5) / extentY) * rows - 0.5));
    const row = Math.min(rows - 1, Math.floor(position));
    const below = Math.min(rows - 1, row + 1);
    for (let col = 0; col < cols; col++) {
      const upper = grid[row * cols + col]!;
      line[col + 1] = upper + (grid[below * cols + col]! - upper) * (position - row);
    }
    line[0] = line[1]!;
    line[cols + 1] = line[cols]!;

    // Run r goes from the centre of cell r - 1 to that of cell r; the first and the last stay flat.
    for (let run = 0; run <= cols; run++) {
      const from = line[run]!;
      const to = line[run + 1]!;
      if (from < firstVisible - 0.5 && to < firstVisible - 0.5) continue;
      const slope = ((to - from) * cols) / extentX;
      const start = runs[run]!;
      const end = runs[run + 1]!;
      const behind = start + 0.5 - ((run - 0.5) / cols) * extentX;
      let heat = Math.round((from + slope * behind + 0.5) * one);
      const rise = Math.trunc(slope * one);
      let at = offset + y * stride + start * step;
      for (let x = start; x < end; x++) {
        const level = heat >> FRACTION;
        samples[at] = ((samples[at]! * keep[level]! + added[level]!) >> 8) & mask;
        heat += rise;
        at += step;
      }
    }
  }
}

/** First sample of every run, and the width behind them. */
function runStarts(cols: number, width: number, extentX: number): Int32Array {
  const starts = new Int32Array(cols + 2);
  for (let run = 1; run <= cols; run++) {
    const centre = ((run - 0.5) / cols) * extentX;
    starts[run] = Math.min(width, Math.max(0, Math.ceil(centre - 0.5)));
  }
  starts[cols + 1] = width;
  return starts;
}
