import type { ClassMaps, ModelInput } from '../../types.ts';
import type { Precision } from '../providers/precision.ts';
import type { RefinableNetwork } from './features.ts';

/** A network that is loaded, in this thread. */
export interface Session {
  /** See `Engine` for all of these. */
  readonly provider: string;
  readonly why?: string;
  readonly precision: Precision;
  readonly plain?: true;
  /** It gives evidence of outlines, by which boxes are drawn. */
  readonly outlined?: true;
  /** What it read of the network, for further sessions. Its weights are missing in the features of the frames. */
  readonly variant?: RefinableNetwork;
  /**
   * Blocks its thread. Calls must not overlap.
   *
   * @returns maps in buffers that may be given away.
   */
  run(inputs: readonly ModelInput[]): Promise<ClassMaps[]>;
  release(): Promise<void>;
}
