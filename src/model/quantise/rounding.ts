/** The smallest and the largest of the values seen. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** How a value is rounded to 8 bits: `real = (byte − zeroPoint) · scale`. */
export interface Rounding {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A convolution's weights in 8 bits, its bias in 32. */
export interface RoundedWeights {
  /** As many as the kernel, output channels first. */
  readonly kernel: Int8Array;
  /** One an output channel. */
  readonly scales: Float32Array;
  /** In units of the input's scale times the channel's. */
  readonly bias?: Int32Array;
}

const LARGEST_BYTE = 255;
const LARGEST_WEIGHT = 127;
/** Well inside int32, so that the sums of products have their room beside it. */
const LARGEST_BIAS = 2 ** 30;
/** Where all is zero any scale will do; this one does not vanish in float32 when multiplied by another. */
const LEAST_SCALE = 1e-12;

/**
 * How values of a range are rounded to unsigned bytes. Zero is always a byte of its own, so that padding and what ReLU cut
 * off are exact; without negative values it is the byte 0.
 */
export function roundingOf({ min, max }: Range): Rounding {
  const low = Math.min(0, min);
  const high = Math.max(0, max);
  const scale = Math.fround(Math.max((high - low) / LARGEST_BYTE, LEAST_SCALE));
  const zeroPoint = Math.min(LARGEST_BYTE, Math.max(0, Math.round(-low / scale)));
  return { scale, zeroPoint };
}

/**
 * Rounds a convolution's weights to signed bytes, symmetric about zero, each output channel on a scale of its own.
 *
 * @param kernel `[channels, …]`, row-major.
 * @param inputScale Of what the convolution reads.
 */
export function roundWeights(
  kernel: Float32Array,
  channels: number,
  bias: Float32Array | undefined,
  inputScale: number,
): RoundedWeights {
  const each = kernel.length / channels;
  const rounded = new Int8Array(kernel.length);
  const scales = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * each;
    let largest = 0;
    for (let i = start; i < start + each; i++) largest = Math.max(largest, Math.abs(kernel[i]!));
    const forBias = Math.abs(bias?.[channel] ?? 0) / (inputScale * LARGEST_BIAS);
    scales[channel] = Math.max(largest / LARGEST_WEIGHT, forBias, LEAST_SCALE);
    const scale = scales[channel]!;
    for (let i = start; i < start + each; i++) {
      rounded[i] = Math.max(-LARGEST_WEIGHT, Math.min(LARGEST_WEIGHT, Math.round(kernel[i]! / scale)));
    }
  }
  return {
    kernel: rounded,
    scales,
    ...(bias && {
      bias: Int32Array.from(bias, (value, channel) => Math.round(value / (inputScale * scales[channel]!))),
    }),
  };
}
