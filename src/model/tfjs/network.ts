import type { Size } from '../../types.ts';
import type { Linear } from '../convert/cam-head.ts';
import type { Preprocessing } from '../preprocessing.ts';

/** A network of TensorFlow.js, to be run by TensorFlow.js itself. */
export interface TfjsNetwork {
  /** Absolute path of its `model.json`. */
  readonly modelJson: string;
  /** Whether TensorFlow.js loads it by layers or as a graph. */
  readonly format: 'tfjs-layers' | 'tfjs-graph';
  /** What its input must be. */
  readonly preprocessing: Preprocessing;
}

/** Where a network's class activation maps come from. */
export interface TfjsHead {
  /** Name of what pools. */
  readonly pooling: string;
  /** The node it pools; of a graph. */
  readonly features?: string;
  /** The linear layer behind the pooling; absent where maps of classes are pooled. */
  readonly linear?: Linear;
  /** How many classes. */
  readonly classCount: number;
  /** Input pixels a map cell. */
  readonly stride: number;
  /** The size the network was made for, where it says one. */
  readonly size: Size | undefined;
  /** Whether it takes that size only. */
  readonly fixed: boolean;
}
