import type { Rgb } from '../../../src/overlay/colour.ts';
import { colourBetween, heatColour } from '../../../src/overlay/heat/heat-colours.ts';

/** Viridis (Nathaniel Smith and Stéfan van der Walt for matplotlib, CC0), every 16th colour. */
const VIRIDIS: readonly Rgb[] = [
  [68, 1, 84],
  [72, 24, 106],
  [71, 45, 123],
  [66, 64, 134],
  [59, 82, 139],
  [51, 99, 141],
  [44, 114, 142],
  [38, 130, 142],
  [33, 145, 140],
  [31, 160, 136],
  [40, 174, 128],
  [63, 188, 115],
  [94, 201, 98],
  [132, 212, 75],
  [173, 220, 48],
  [216, 226, 25],
  [253, 231, 37],
];

/** Cividis, made to look alike to eyes with and without colour deficiency (Nuñez, Anderton and Renslow 2018). */
const CIVIDIS: readonly Rgb[] = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
];

/** Perceptually even maps from a heat of 0 to 1 to a colour. */
export const COLOUR_MAPS = {
  inferno: (heat: number): Rgb => heatColour(heat),
  viridis: (heat: number): Rgb => colourBetween(VIRIDIS, heat),
  cividis: (heat: number): Rgb => colourBetween(CIVIDIS, heat),
} as const;

export type ColourMapName = keyof typeof COLOUR_MAPS;
