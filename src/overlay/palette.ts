import { luminance, type Rgb } from './colour.ts';

/**
 * Colours of tracks, visible on dark and on light video. Ids that follow each other stay apart for every kind of colour
 * vision: OKLab distance at least 0.15 also under simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009).
 */
export const PALETTE: readonly Rgb[] = [
  [0, 200, 255],
  [255, 153, 28],
  [142, 64, 255],
  [130, 255, 220],
  [230, 26, 44],
  [140, 140, 255],
  [242, 234, 40],
  [190, 44, 150],
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
