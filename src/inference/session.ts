import type { ClassMaps, ClassWeights, ModelInput } from '../types.ts';
import type { Precision } from './precision.ts';

/** A network that is loaded, in this thread. */
export interface Session {
  /** See `Engine` for all of these. */
  readonly provider: string;
  readonly why?: string;
  readonly precision: Precision;
  readonly plain?: true;
  /** See `Features`; those of the frames come without them, since they are the same for all. */
  readonly weights?: ClassWeights;
  /** Blocks its thread. Calls must not overlap. */
  run(inputs: readonly ModelInput[]): Promise<ClassMaps[]>;
  release(): Promise<void>;
}
