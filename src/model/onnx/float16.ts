/**
 * IEEE 754 half precision in a Uint16Array's bits: Node 20 has no Float16Array.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

let table: Float32Array | undefined;

/**
 * The half-precision bits nearest to `value`, ties to even, as IEEE 754 rounds by default. What lies beyond ±65504 by at
 * least half a step becomes infinite.
 */
export function float16Bits(value: number): number {
  float[0] = value;
  const single = bits[0]!;
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // not a number
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65536 and above
  // Below 2^-14 halves are evenly spaced, 2^-24 apart. A carry out of the mantissa lands in the exponent, as it should.
  if (magnitude < 0x38800000) {
    const shift = 126 - (magnitude >>> 23);
    if (shift > 24) return sign; // under half of the smallest step
    return sign | roundShift((magnitude & 0x7fffff) | 0x800000, shift);
  }
  return sign | roundShift(magnitude - 0x38000000, 13);
}

/** The number that half-precision bits stand for. */
export function float16Value(half: number): number {
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** The numbers that halves stand for, by their bits: a network has millions of them. */
export function float16Values(halves: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, half) => float16Value(half));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table[halves[i]!]!;
  return values;
}

/** `value >>> shift`, rounded to nearest, ties to even. */
function roundShift(value: number, shift: number): number {
  const quotient = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (quotient & 1) === 1) ? quotient + 1 : quotient;
}
