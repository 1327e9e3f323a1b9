import type { ClassMaps, ModelInput } from '../types.ts';
import type { Lack } from './engine.ts';
import type { Precision } from './precision.ts';

/** A network that is loaded, in this thread. */
export interface Session {
  /** See `Engine` for all of these. */
  readonly provider: string;
  readonly why?: string;
  readonly precision: Precision;
  readonly lacks?: Lack;
  /** Blocks its thread. Calls must not overlap. */
  run(inputs: readonly ModelInput[], unions?: readonly (readonly number[])[]): Promise<ClassMaps[]>;
  release(): Promise<void>;
}
