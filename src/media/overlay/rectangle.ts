import type { Area, Coverage } from './paint.ts';

/** A filled rectangle on whole pixels with anti-aliased round corners. */
export function roundedRectangle({ left, top, right, bottom }: Area, radius: number): Coverage {
  const round = Math.min(radius, (right - left) / 2, (bottom - top) / 2);
  return (y, from, to, out) => {
    if (y < top || y >= bottom) return;
    const first = Math.max(from, left);
    const last = Math.min(to, right);
    if (first >= last) return;
    out.fill(255, first - from, last - from);
    const fromY = round - Math.min(y + 0.5 - top, bottom - y - 0.5);
    if (fromY <= 0) return;
    for (let x = first; x < last; x++) {
      const fromX = round - Math.min(x + 0.5 - left, right - x - 0.5);
      if (fromX <= 0) {
        if (x < right - round - 1) x = Math.max(x, Math.floor(right - round) - 1);
        continue;
      }
      const cover = round + 0.5 - Math.sqrt(fromX * fromX + fromY * fromY);
      if (cover < 1) out[x - from] = cover <= 0 ? 0 : Math.round(cover * 255);
    }
  };
}
