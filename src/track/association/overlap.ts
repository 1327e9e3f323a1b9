import type { Box } from '../../types.ts';

/**
 * Intersection over union of two boxes, 0 to 1; of empty boxes 0.
 *
 * @param buffer Widens both boxes beforehand, by this share of their size on each side, so that small fast boxes that
 *   just miss each other still compare (C-BIoU, Yang et al., WACV 2023).
 */
export function overlap(a: Box, b: Box, buffer = 0): number {
  const [aw, ah, bw, bh] = [a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1]];
  const width = Math.min(a[2] + buffer * aw, b[2] + buffer * bw) - Math.max(a[0] - buffer * aw, b[0] - buffer * bw);
  const height = Math.min(a[3] + buffer * ah, b[3] + buffer * bh) - Math.max(a[1] - buffer * ah, b[1] - buffer * bh);
  if (!(width > 0 && height > 0)) return 0;
  const shared = width * height;
  return shared / ((1 + 2 * buffer) ** 2 * (aw * ah + bw * bh) - shared);
}
