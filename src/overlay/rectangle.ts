import type { Yuv } from './colour.ts';
import { type Area, type Coverage, clip, paint } from './paint.ts';
import type { Component, Surface } from './picture.ts';

/**
 * Blends one colour into all pixels of an area, cut to the picture: what `paint` does under full coverage, without asking
 * for coverage pixel by pixel.
 *
 * @param opacity 0 to 1
 */
export function paintRectangle(surface: Surface, area: Area, colour: Yuv, opacity = 1): void {
  const strength = Math.round(Math.max(0, Math.min(1, opacity)) * 256);
  const cut = clip(area, surface);
  if (cut.left >= cut.right || cut.top >= cut.bottom || strength === 0) return;
  blend(surface.luma, cut, 0, 0, surface, colour[0], strength);
  for (let index = 0; index < surface.chroma.length; index++) {
    blend(surface.chroma[index]!, cut, surface.shiftX, surface.shiftY, surface, colour[index + 1]!, strength);
  }
}

/** Radii of the upper and of the lower corners of a rectangle, pixels. */
export interface Corners {
  readonly upper: number;
  readonly lower: number;
}

/** A filled rectangle on whole pixels with anti-aliased round corners. */
export function paintRounded(surface: Surface, area: Area, corners: Corners, colour: Yuv, opacity = 1): void {
  const most = Math.min(area.right - area.left, area.bottom - area.top) / 2;
  const upper = Math.max(0, Math.min(corners.upper, most));
  const lower = Math.max(0, Math.min(corners.lower, most));
  const coverage = roundedCoverage(area, upper, lower);
  // Cut where no chroma sample has pixels on both sides.
  const innerTop = Math.min(area.bottom, Math.ceil((area.top + upper) / 4) * 4);
  const innerBottom = Math.max(innerTop, Math.floor((area.bottom - lower) / 4) * 4);
  paint(surface, { ...area, bottom: innerTop }, coverage, colour, opacity);
  paintRectangle(surface, { ...area, top: innerTop, bottom: innerBottom }, colour, opacity);
  paint(surface, { ...area, top: innerBottom }, coverage, colour, opacity);
}

/** A chroma sample takes the colour by the part of its pixels that lie in the area. */
function blend(
  { samples, stride, step, offset }: Component,
  { left, top, right, bottom }: Area,
  shiftX: number,
  shiftY: number,
  surface: Surface,
  code: number,
  strength: number,
): void {
  const value = code << surface.sampleShift;
  const half = 128 << surface.sampleShift;
  const mask = -1 << surface.sampleShift;
  const firstX = left >> shiftX;
  const lastX = (right - 1) >> shiftX;
  const firstY = top >> shiftY;
  const lastY = (bottom - 1) >> shiftY;
  const leftPart = part(firstX, shiftX, left, right, surface.width);
  const rightPart = part(lastX, shiftX, left, right, surface.width);
  for (let y = firstY; y <= lastY; y++) {
    const isEdge = y === firstY || y === lastY;
    const row = isEdge ? strength * part(y, shiftY, top, bottom, surface.height) : strength;
    const inner = Math.round(row);
    const first = offset + y * stride + firstX * step;
    const last = offset + y * stride + lastX * step;
    if (inner === 256 && step === 1 && last - first > 32) {
      samples.fill(value, first + 1, last);
    } else {
      const keep = 256 - inner;
      const add = value * inner + half;
      for (let at = first + step; at < last; at += step) samples[at] = ((samples[at]! * keep + add) >> 8) & mask;
    }
    const start = Math.round(row * leftPart);
    samples[first] = ((samples[first]! * (256 - start) + value * start + half) >> 8) & mask;
    if (last === first) continue;
    const end = Math.round(row * rightPart);
    samples[last] = ((samples[last]! * (256 - end) + value * end + half) >> 8) & mask;
  }
}

/** Part of a sample's pixels, along one axis, that lie between `from` and `to`. */
function part(sample: number, shift: number, from: number, to: number, size: number): number {
  const start = sample << shift;
  const end = Math.min(size, start + (1 << shift));
  return (Math.min(end, to) - Math.max(start, from)) / (end - start);
}

function roundedCoverage({ left, top, right, bottom }: Area, upper: number, lower: number): Coverage {
  return (y, from, to, out) => {
    if (y < top || y >= bottom) return;
    const first = Math.max(from, left);
    const last = Math.min(to, right);
    if (first >= last) return;
    out.fill(255, first - from, last - from);
    const isUpper = y + 0.5 < (top + bottom) / 2;
    const radius = isUpper ? upper : lower;
    const fromY = radius - (isUpper ? y + 0.5 - top : bottom - y - 0.5);
    if (fromY <= 0) return;
    const roundEnd = (start: number, end: number) => {
      for (let x = Math.max(first, start); x < Math.min(last, end); x++) {
        const fromX = radius - Math.min(x + 0.5 - left, right - x - 0.5);
        if (fromX <= 0) continue;
        const cover = radius + 0.5 - Math.sqrt(fromX * fromX + fromY * fromY);
        if (cover < 1) out[x - from] = cover <= 0 ? 0 : Math.round(cover * 255);
      }
    };
    const reach = Math.ceil(radius);
    roundEnd(left, left + reach);
    roundEnd(right - reach, right);
  };
}
