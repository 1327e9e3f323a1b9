import type { Yuv } from './colour.ts';
import type { Component, Surface } from './picture.ts';

/** Whole pixels, `right` and `bottom` exclusive. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Writes how much of each pixel of row `y` is covered, 0 to 255, for x from `left` to `right`, to `out[0]` on. */
export type Coverage = (y: number, left: number, right: number, out: Uint8Array) => void;

/**
 * Blends one colour into a picture wherever the coverage says, inside `area` widened to whole chroma samples and clipped
 * to the picture. A chroma sample takes the mean coverage of the pixels it stands for, so that edges keep their colour.
 * Opacity 0 leaves every sample as it was, opacity 1 under full coverage puts exactly the colour's code values.
 *
 * @param opacity 0 to 1
 */
export function paint(surface: Surface, area: Area, coverage: Coverage, colour: Yuv, opacity = 1): void {
  const { shiftX, shiftY, sampleShift, chroma } = surface;
  const { left, top, right, bottom } = clip(area, surface);
  const strength = Math.round(Math.max(0, Math.min(1, opacity)) * 256);
  if (left >= right || top >= bottom || strength === 0) return;

  const width = right - left;
  const row = rowBuffer(width);
  const sums = sumBuffer((width + (1 << shiftX) - 1) >> shiftX);
  const blockHeight = 1 << shiftY;
  for (let y = top; y < bottom; y += blockHeight) {
    const rows = Math.min(blockHeight, bottom - y);
    sums.fill(0);
    for (let line = y; line < y + rows; line++) {
      row.fill(0);
      coverage(line, left, right, row);
      blendLuma(surface.luma, line, left, row, strength, colour[0], sampleShift);
      for (let i = 0; i < width; i++) sums[i >> shiftX]! += row[i]!;
    }
    for (let index = 0; index < chroma.length; index++) {
      blendChroma(chroma[index]!, y >> shiftY, left, right, sums, rows, strength, colour[index + 1]!, surface);
    }
  }
}

/** Clipped to the picture, then widened to whole chroma blocks (which end early at odd edges). */
function clip(area: Area, { width, height, shiftX, shiftY }: Surface): Area {
  const align = (value: number, shift: number) => (value >> shift) << shift;
  const left = Math.min(width, Math.max(0, area.left));
  const top = Math.min(height, Math.max(0, area.top));
  const right = Math.max(left, Math.min(width, area.right));
  const bottom = Math.max(top, Math.min(height, area.bottom));
  return {
    left: align(left, shiftX),
    top: align(top, shiftY),
    right: Math.min(width, align(right + (1 << shiftX) - 1, shiftX)),
    bottom: Math.min(height, align(bottom + (1 << shiftY) - 1, shiftY)),
  };
}

function blendLuma(
  { samples, stride }: Component,
  y: number,
  left: number,
  row: Uint8Array,
  strength: number,
  code: number,
  sampleShift: number,
): void {
  const value = code << sampleShift;
  const half = 128 << sampleShift;
  const keep = -1 << sampleShift;
  const start = y * stride + left;
  for (let i = 0; i < row.length; i++) {
    const cover = row[i]!;
    if (cover === 0) continue;
    const alpha = ((cover + (cover >> 7)) * strength) >> 8;
    const old = samples[start + i]!;
    samples[start + i] = ((old * (256 - alpha) + value * alpha + half) >> 8) & keep;
  }
}

function blendChroma(
  { samples, stride, step, offset }: Component,
  y: number,
  left: number,
  right: number,
  sums: Uint16Array,
  rows: number,
  strength: number,
  code: number,
  { shiftX, sampleShift }: Surface,
): void {
  const value = code << sampleShift;
  const half = 128 << sampleShift;
  const keep = -1 << sampleShift;
  const start = offset + y * stride + (left >> shiftX) * step;
  const blockWidth = 1 << shiftX;
  const full = rows * blockWidth;
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i]!;
    if (sum === 0) continue;
    const columns = right - left - (i << shiftX);
    const count = columns < blockWidth ? rows * columns : full;
    const cover = ((sum + (count >> 1)) / count) | 0;
    const alpha = ((cover + (cover >> 7)) * strength) >> 8;
    const at = start + i * step;
    samples[at] = ((samples[at]! * (256 - alpha) + value * alpha + half) >> 8) & keep;
  }
}

let rowMemory = new Uint8Array(4096);
let sumMemory = new Uint16Array(4096);

function rowBuffer(width: number): Uint8Array {
  if (rowMemory.length < width) rowMemory = new Uint8Array(width);
  return rowMemory.subarray(0, width);
}

function sumBuffer(width: number): Uint16Array {
  if (sumMemory.length < width) sumMemory = new Uint16Array(width);
  return sumMemory.subarray(0, width);
}
