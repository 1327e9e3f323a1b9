import { describe, expect, it } from 'vitest';
import { luminance, type Rgb } from '../../src/overlay/colour.ts';
import { BLACK, PALETTE, textColour, trackColour, WHITE } from '../../src/overlay/palette.ts';

/** Colour vision deficiency of full severity in linear RGB (Machado, Oliveira, Fernandes 2009). */
const VISION: Record<string, number[]> = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

describe('colours of tracks', () => {
  it('are one a track, whatever its label becomes', () => {
    expect(trackColour(3, 'cat')).toEqual(trackColour(3, 'tiger cat'));
    expect(trackColour(1, 'cat')).toEqual(PALETTE[0]);
    expect(trackColour(1 + PALETTE.length, 'cat')).toEqual(PALETTE[0]);
  });

  it('are one a label where there are no tracks', () => {
    expect(trackColour(undefined, 'cat')).toEqual(trackColour(undefined, 'cat'));
    const labels = Array.from({ length: 40 }, (_, i) => `class ${i}`);
    expect(new Set(labels.map((label) => trackColour(undefined, label))).size).toBe(PALETTE.length);
  });

  it('survive an id that is not a number', () => {
    for (const id of [Number.NaN, Number.POSITIVE_INFINITY, -3, 1.5, 2 ** 60])
      expect(trackColour(id, '')).toHaveLength(3);
  });

  it.each(Object.keys(VISION))('tell ids that follow each other apart under %s', (vision) => {
    PALETTE.forEach((colour, i) => {
      expect(distance(colour, PALETTE[(i + 1) % PALETTE.length]!, VISION[vision]!)).toBeGreaterThan(0.15);
    });
  });

  it('carry text that contrasts at least 4.5 to 1 (WCAG AA)', () => {
    for (const colour of PALETTE) {
      const [low, high] = [luminance(colour), luminance(textColour(colour))].sort((a, b) => a - b);
      expect((high! + 0.05) / (low! + 0.05)).toBeGreaterThanOrEqual(4.5);
    }
    expect(textColour(BLACK)).toEqual(WHITE);
    expect(textColour(WHITE)).toEqual(BLACK);
  });
});

/** Euclidean distance in OKLab of two sRGB colours as someone with this vision sees them. */
function distance(a: Rgb, b: Rgb, vision: number[]): number {
  const [x, y] = [oklab(a, vision), oklab(b, vision)];
  return Math.hypot(x[0]! - y[0]!, x[1]! - y[1]!, x[2]! - y[2]!);
}

function oklab(colour: Rgb, vision: number[]): number[] {
  const light = colour.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  const seen = times(vision, light).map((v) => Math.max(0, Math.min(1, v)));
  const cones = times(
    [
      0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619, 0.2817188376,
      0.6299787005,
    ],
    seen,
  ).map(Math.cbrt);
  return times(
    [
      0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099, 0.0259040371, 0.7827717662,
      -0.808675766,
    ],
    cones,
  );
}

function times(matrix: number[], vector: number[]): number[] {
  return [0, 3, 6].map((row) => vector.reduce((sum, value, i) => sum + matrix[row + i]! * value, 0));
}
