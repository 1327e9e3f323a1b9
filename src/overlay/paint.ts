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
 * Blends one colour into a picture wherever the coverage says, inside `area` widened to whole chroma samples and cut to
 * the picture. A chroma sample takes the mean coverage of the pixels it stands for, so that edges keep their colour.
 * Opacity 0 leaves every sample as it was, opacity 1 under full coverage puts exactly the colour's code values.
 *
 * @param opacity 0 to 1
 */
export function paint(surface: Surface, area: Area, coverage: Coverage, colour: Yuv, opacity = 1): void {
  const { shiftX, shiftY, sampleShift, chroma } = surface;
  const cut = clip(area, surface);
  const strength = Math.round(Math.max(0, Math.min(1, opacity)) * 256);
  if (cut.left >= cut.right || cut.top >= cut.bottom || strength === 0) return;

  const left = (cut.left >> shiftX) << shiftX;
  const top = (cut.top >> shiftY) << shiftY;
  const right = Math.min(surface.width, roundUp(cut.right, shiftX));
  const bottom = Math.min(surface.height, roundUp(cut.bottom, shiftY));
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
      blendLuma(surface.luma, line, left, row, strength, colour[0], sampleShift, sums, shiftX);
    }
    for (let index = 0; index < chroma.length; index++) {
      blendChroma(chroma[index]!, y >> shiftY, left, right, sums, rows, strength, colour[index + 1]!, surface);
    }
  }
}

/** Whole pixels inside the picture; empty for an area that is not a number. */
export function clip(area: Area, { width, height }: Surface): Area {
  const within = (value: number, size: number) => Math.max(0, Math.min(size, value)) | 0;
  return {
    left: within(area.left, width),
    top: within(area.top, height),
    right: within(area.right, width),
    bottom: within(area.bottom, height),
  };
}

function roundUp(value: number, shift: number): number {
  return ((value + (1 << shift) - 1) >> shift) << shift;
}

/** Blends a row and adds its coverage to the sums of the chroma samples it belongs to. */
function blendLuma(
  { samples, stride }: Component,
  y: number,
  left: number,
  row: Uint8Array,
  strength: number,
  code: number,
  sampleShift: number,
  sums: Uint16Array,
  shiftX: number,
): void {
  const value = code << sampleShift;
  const half = 128 << sampleShift;
  const mask = -1 << sampleShift;
  const start = y * stride + left;
  for (let i = 0; i < row.length; i++) {
    const cover = row[i]!;
    if (cover === 0) continue;
    sums[i >> shiftX]! += cover;
    const alpha = ((cover + (cover >> 7)) * strength) >> 8;
    samples[start + i] = ((samples[start + i]! * (256 - alpha) + value * alpha + half) >> 8) & mask;
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
  const mask = -1 << sampleShift;
  const start = offset + y * stride + (left >> shiftX) * step;
  const blockWidth = 1 << shiftX;
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i]!;
    if (sum === 0) continue;
    const count = rows * Math.min(blockWidth, right - left - (i << shiftX));
    const alpha = Math.round((sum * strength) / (255 * count));
    const at = start + i * step;
    samples[at] = ((samples[at]! * (256 - alpha) + value * alpha + half) >> 8) & mask;
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
