import { HeatboxError } from '../../error.ts';

/** An error for a network that is sound but has no conversion. */
export function unsupported(reason: string, value?: unknown): HeatboxError {
  return new HeatboxError('MODEL_UNSUPPORTED', `this network cannot be converted: ${reason}`, { value, kind: 'usage' });
}
