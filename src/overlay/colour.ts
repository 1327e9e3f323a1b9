import type { ColourMatrix, ColourSpace, Transfer } from './picture.ts';

/** sRGB, 0 to 255 each. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** Code values at the picture's bit depth. */
export type Yuv = readonly [y: number, u: number, v: number];

/** As style sheets and canvases take it. */
export function css([red, green, blue]: Rgb, alpha = 1): string {
  return `rgb(${red} ${green} ${blue} / ${alpha})`;
}

/** Luma weights of red and blue (ITU-T H.273, table 4). */
const LUMA_WEIGHTS: Record<ColourMatrix, readonly [kr: number, kb: number]> = {
  bt709: [0.2126, 0.0722],
  bt601: [0.299, 0.114],
  bt2020: [0.2627, 0.0593],
  smpte240m: [0.212, 0.087],
  fcc: [0.3, 0.11],
};

/** Diffuse white of graphics in HDR, in cd/m² (ITU-R BT.2408): full code value would be a lamp of 10,000 in PQ. */
const HDR_WHITE = 203;

/** Peak of the HLG reference display, in cd/m², and its system gamma (ITU-R BT.2100). */
const HLG_PEAK = 1000;
const HLG_GAMMA = 1.2;

/**
 * An sRGB colour as code values of the picture's own matrix, range, depth and transfer. In PQ and HLG, white is placed at
 * 203 cd/m² (code 0.58 and 0.75 of the range; ITU-R BT.2408), so that labels look like the graphics white of a broadcast.
 */
export function toYuv(colour: Rgb, space: ColourSpace): Yuv {
  const [red, green, blue] = toSignal(colour, space);
  const [kr, kb] = LUMA_WEIGHTS[space.matrix];
  const luma = kr * red + (1 - kr - kb) * green + kb * blue;
  const cb = (blue - luma) / (2 * (1 - kb));
  const cr = (red - luma) / (2 * (1 - kr));

  const top = 2 ** space.bitDepth - 1;
  const unit = 2 ** (space.bitDepth - 8);
  const [black, lumaSpan, chromaSpan] = space.range === 'tv' ? [16 * unit, 219 * unit, 224 * unit] : [0, top, top];
  const code = (value: number) => Math.max(0, Math.min(top, Math.round(value)));
  return [code(black + lumaSpan * luma), code(128 * unit + chromaSpan * cb), code(128 * unit + chromaSpan * cr)];
}

/** Relative luminance, 0 to 1 (WCAG 2, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance). */
export function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
}

/** Non-linear R'G'B' signal of the picture's primaries and transfer, 0 to 1. */
function toSignal(colour: Rgb, { matrix, transfer = 'sdr' }: ColourSpace): Rgb {
  const encoded: Rgb = [colour[0] / 255, colour[1] / 255, colour[2] / 255];
  if (matrix !== 'bt2020' && transfer === 'sdr') return encoded;
  const light: Rgb = [linear(encoded[0]), linear(encoded[1]), linear(encoded[2])];
  return encode(matrix === 'bt2020' ? toBt2020(light) : light, transfer);
}

/** BT.709 primaries to BT.2020 primaries, linear light (ITU-R BT.2087). */
function toBt2020([red, green, blue]: Rgb): Rgb {
  return [
    0.6274 * red + 0.3293 * green + 0.0433 * blue,
    0.0691 * red + 0.9195 * green + 0.0114 * blue,
    0.0164 * red + 0.088 * green + 0.8956 * blue,
  ];
}

function encode(light: Rgb, transfer: Transfer): Rgb {
  if (transfer === 'pq') return [pq(light[0]), pq(light[1]), pq(light[2])];
  if (transfer === 'hlg') return hlg(light);
  return [gamma(light[0]), gamma(light[1]), gamma(light[2])];
}

/** Inverse of SMPTE ST 2084's EOTF, with 1 at diffuse white. */
function pq(light: number): number {
  const power = ((light * HDR_WHITE) / 10_000) ** 0.1593017578125;
  return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375;
}

/** Inverse of the reference display's OOTF, then the HLG OETF (ITU-R BT.2100), with 1 at diffuse white. */
function hlg(light: Rgb): Rgb {
  const white = HDR_WHITE / HLG_PEAK;
  const shown = (0.2627 * light[0] + 0.678 * light[1] + 0.0593 * light[2]) * white;
  const gain = shown > 0 ? shown ** ((1 - HLG_GAMMA) / HLG_GAMMA) : 0;
  const signal = (value: number) => {
    const scene = Math.max(0, value * white * gain);
    return scene <= 1 / 12 ? Math.sqrt(3 * scene) : 0.17883277 * Math.log(12 * scene - 0.28466892) + 0.55991073;
  };
  return [signal(light[0]), signal(light[1]), signal(light[2])];
}

/** sRGB's curve to linear light, and back. */
function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function gamma(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}
