import type { Rgb } from './colour.ts';

/** Every 16th colour of inferno (Nathaniel Smith and Stéfan van der Walt for matplotlib, CC0), from cold to hot. */
const INFERNO: readonly Rgb[] = [
  [0, 0, 4],
  [11, 7, 36],
  [32, 12, 74],
  [59, 9, 100],
  [87, 16, 110],
  [113, 25, 110],
  [140, 41, 99],
  [166, 45, 96],
  [191, 57, 82],
  [213, 75, 64],
  [230, 98, 44],
  [243, 126, 20],
  [250, 157, 7],
  [251, 190, 35],
  [244, 224, 80],
  [242, 244, 130],
  [252, 255, 164],
];

/** Colour of a heat from 0 to 1. */
export function heatColour(heat: number): Rgb {
  const position = Math.max(0, Math.min(1, heat)) * (INFERNO.length - 1);
  const index = Math.min(INFERNO.length - 2, Math.floor(position));
  const part = position - index;
  const low = INFERNO[index]!;
  const high = INFERNO[index + 1]!;
  const mix = (channel: 0 | 1 | 2) => Math.round(low[channel] + (high[channel] - low[channel]) * part);
  return [mix(0), mix(1), mix(2)];
}
