import { luminance, type Rgb } from './colour.ts';

/**
 * Colours of tracks, bright enough for dark video and held by a dark rim on light video. Neighbours differ in lightness
 * or in blue against yellow as well as in hue, which red-green colour blindness leaves apart.
 */
export const PALETTE: readonly Rgb[] = [
  [0, 200, 255],
  [255, 159, 28],
  [178, 107, 255],
  [163, 230, 53],
  [255, 77, 109],
  [255, 225, 77],
  [59, 130, 246],
  [45, 212, 160],
  [255, 138, 216],
  [214, 118, 60],
];

export const BLACK: Rgb = [0, 0, 0];
export const WHITE: Rgb = [255, 255, 255];

/** One stable colour a track; where there is no id, one a label. */
export function trackColour(id: number | undefined, label: string): Rgb {
  const index = id === undefined ? hash(label) : Math.abs(Math.trunc(id)) + PALETTE.length - 1;
  return PALETTE[index % PALETTE.length] ?? PALETTE[0]!;
}

/** Black or white, whichever contrasts more with the colour behind it (contrast ratio of WCAG 2). */
export function textColour(background: Rgb): Rgb {
  const light = luminance(background) + 0.05;
  return 1.05 / light > light / 0.05 ? WHITE : BLACK;
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0)!, 0x01000193);
  return value >>> 0;
}
