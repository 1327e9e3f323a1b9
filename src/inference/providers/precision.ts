import { HeatboxError } from '../../error.ts';
import { type DotProducts, needsNarrowWeights } from './dot-products.ts';

/** What a network computes in. */
export type Precision = 'fp32' | 'fp16' | 'int8';

/** What a user may ask for. */
export type PrecisionWish = 'auto' | Precision;

export interface PrecisionChoice {
  readonly precision: Precision;
  /** For the user to read; absent where it was the user's own choice. */
  readonly why?: string;
}

interface Situation {
  readonly wish: PrecisionWish;
  /** The execution provider, as `cpu` or `cuda:0`. */
  readonly provider: string;
  /** Of the CPU. */
  readonly dotProducts: DotProducts;
  /** Its architecture, as `process.arch` has it. */
  readonly arch: string;
  /** Whether the model has an 8-bit form. */
  readonly quantised: boolean;
}

/**
 * Chooses what a network computes in: 8 bits on CPUs that have instructions for them, and on x86 also without (with weights
 * narrowed so that their sums stay exact, about 1.8 times as fast as float32); float16 on GPUs, where the engine still compares
 * it with float32 before it keeps to it; else float32.
 *
 * @throws HeatboxError `PRECISION_MISSING` where the one asked for is not there.
 */
export function choosePrecision({ wish, provider, dotProducts, arch, quantised }: Situation): PrecisionChoice {
  const onCpu = provider === 'cpu';
  if (wish === 'int8' && !quantised) {
    throw missing(
      'the model has no 8-bit form',
      'Make it: heatbox models quantize <model> --calibrate <images or a clip>.',
    );
  }
  if (wish === 'fp16' && onCpu) {
    throw missing('the CPU does not compute in float16', 'Ask for fp32 or int8, or leave --precision out.');
  }
  if (wish !== 'auto') return { precision: wish };
  if (!onCpu) return { precision: 'fp16', why: 'float16 where it is faster and agrees' };
  if (!quantised) return { precision: 'fp32', why: 'in float32, since the model has no 8-bit form' };
  if (dotProducts === 'yes') return { precision: 'int8', why: 'in 8 bits, since the CPU has dot-product instructions' };
  const reason = dotProducts === 'no' ? 'has no dot-product instructions' : 'does not tell its instructions';
  if (needsNarrowWeights(dotProducts, arch)) {
    return { precision: 'int8', why: `in 8 bits with narrowed weights, since the CPU ${reason}` };
  }
  return { precision: 'fp32', why: `in float32, since the CPU ${reason}` };
}

function missing(message: string, hint: string): HeatboxError {
  return new HeatboxError('PRECISION_MISSING', message, { kind: 'usage', hint });
}
