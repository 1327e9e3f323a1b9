import type { Rgb } from '../colour.ts';

/** Every 16th colour of inferno (Nathaniel Smith and Stéfan van der Walt for matplotlib, CC0), from cold to hot. */
const INFERNO: readonly Rgb[] = [
  [0, 0, 4],
  [11, 7, 36],
  [33, 12, 74],
  [61, 9, 101],
  [87, 16, 110],
  [113, 25, 110],
  [138, 34, 106],
  [163, 44, 97],
  [188, 55, 84],
  [208, 69, 69],
  [227, 89, 51],
  [241, 113, 31],
  [249, 140, 10],
  [252, 170, 15],
  [249, 201, 50],
  [242, 232, 101],
  [252, 255, 164],
];

/** The map's pale end would bleach under partial opacity: the hottest place is its full yellow. */
const HOTTEST = 0.9;

/** Colour of a heat from 0 to 1. */
export function heatColour(heat: number): Rgb {
  return colourBetween(INFERNO, Math.max(0, Math.min(1, heat)) * HOTTEST);
}

/**
 * A colour of a scale of evenly spaced ones, mixed of the two beside it.
 *
 * @param place From 0, the first, to 1, the last.
 */
export function colourBetween(colours: readonly Rgb[], place: number): Rgb {
  const position = Math.max(0, Math.min(1, place)) * (colours.length - 1);
  const index = Math.min(colours.length - 2, Math.floor(position));
  const part = position - index;
  const low = colours[index]!;
  const high = colours[index + 1]!;
  const mix = (channel: 0 | 1 | 2) => Math.round(low[channel] + (high[channel] - low[channel]) * part);
  return [mix(0), mix(1), mix(2)];
}
