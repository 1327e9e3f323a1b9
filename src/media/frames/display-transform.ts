import type { Size } from '../../types.ts';
import type { Ratio } from './av.ts';

/** How a coded picture becomes an upright, undistorted one. */
export interface DisplayTransform {
  /** Clockwise degrees. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Flipped left to right, after the rotation. */
  readonly mirrored: boolean;
  /** FFmpeg filters that turn the picture upright, in order; empty where nothing is to do. */
  readonly filters: readonly string[];
  readonly display: Size;
}

/**
 * Reads FFmpeg's display matrix (nine little-endian 32-bit fixed-point numbers; `[a b u; c d v; x y w]` maps a coded
 * point to `(a x + c y, b x + d y)`) and the sample aspect ratio.
 *
 * Pixels are made square by enlarging the shorter sampled side, so no detail is lost; the enlarged side is even, which
 * 4:2:0 needs. A rotation that is not a multiple of 90° is ignored.
 *
 * @param matrix - 36 bytes, or null for none.
 * @param coded - Pixels as coded.
 * @param sampleAspectRatio - Width to height of a coded pixel; 0/1 counts as unknown, that is square.
 * @param before - The orientation where there is no matrix; absent: as coded.
 */
export function displayTransform(
  matrix: Buffer | null,
  coded: Size,
  sampleAspectRatio: Ratio,
  before?: Orientation,
): DisplayTransform {
  const { rotation, mirrored, filters } = matrix === null && before !== undefined ? before : orientation(matrix);
  const square = squarePixels(coded, sampleAspectRatio);
  const turned = rotation === 90 || rotation === 270;
  return { rotation, mirrored, filters, display: turned ? { width: square.height, height: square.width } : square };
}

type Orientation = Pick<DisplayTransform, 'rotation' | 'mirrored' | 'filters'>;

function orientation(matrix: Buffer | null): Orientation {
  if (matrix === null || matrix.length < 20) return { rotation: 0, mirrored: false, filters: [] };
  const [a, b, c, d] = [0, 4, 12, 16].map((offset) => matrix.readInt32LE(offset)) as [number, number, number, number];
  if (Math.abs(a) + Math.abs(d) >= Math.abs(b) + Math.abs(c)) {
    if (a >= 0 && d >= 0) return { rotation: 0, mirrored: false, filters: [] };
    if (a < 0 && d < 0) return { rotation: 180, mirrored: false, filters: ['hflip', 'vflip'] };
    return a < 0
      ? { rotation: 0, mirrored: true, filters: ['hflip'] }
      : { rotation: 180, mirrored: true, filters: ['vflip'] };
  }
  if (b > 0) {
    return c < 0
      ? { rotation: 90, mirrored: false, filters: ['transpose=clock'] }
      : { rotation: 90, mirrored: true, filters: ['transpose=cclock_flip'] };
  }
  return c > 0
    ? { rotation: 270, mirrored: false, filters: ['transpose=cclock'] }
    : { rotation: 270, mirrored: true, filters: ['transpose=clock_flip'] };
}

function squarePixels({ width, height }: Size, { num, den }: Ratio): Size {
  if (num <= 0 || den <= 0 || num === den) return { width, height };
  const even = (value: number) => Math.max(2, 2 * Math.round(value / 2));
  return num > den ? { width: even((width * num) / den), height } : { width, height: even((height * den) / num) };
}
