import type { TaughtHead, TfjsNetwork } from '../model/index.ts';
import type { ClassMaps, ModelInput, Size } from '../types.ts';
import type { DotProducts } from './providers/dot-products.ts';
import type { Precision, PrecisionWish } from './providers/precision.ts';
import type { RefinableNetwork, RefineOptions } from './sessions/features.ts';

/** Runs a network with a CAM head. Whoever made it closes it. */
export interface Engine {
  /** Where it runs, as `cpu`, or `cuda:0,cuda:1`. */
  readonly provider: string;
  /** Why it runs there, and why in that precision, where that was not the user's choice. */
  readonly why?: string;
  /** What it computes in; float32 where absent. */
  readonly precision?: Precision;
  /** How many runs it does at once; one where absent. */
  readonly workers?: number;
  /** It was asked for what maps are refined with, and this network does not have it: earlier stages. */
  readonly plain?: true;
  /** It gives evidence of outlines, by which boxes are drawn. */
  readonly outlined?: true;
  /** Where boxes end in its maps, as a share of a map's range, unless `localise` is told otherwise. */
  readonly threshold?: number;
  /**
   * One batch. Calls may overlap; they are answered in their order.
   *
   * @param inputs - All of one size, both sides multiples of `multipleOf`. Their bytes are read when the run's turn comes,
   * so they must stay as they are until the promise has settled.
   * @returns for each input its class maps, `rows` and `cols` being the input's size over the network's stride, or twice that.
   * @throws HeatboxError `ENGINE_INPUT` where the inputs are not such, `ENGINE_RUN` where the network fails on them,
   * `ENGINE_GONE` after `close`. The engine can be used further after the first two.
   */
  run(inputs: readonly ModelInput[]): Promise<ClassMaps[]>;
  /** Ends the worker after the runs under way, and frees the session. May be called again. */
  close(): Promise<void>;
}

/** Something that an inference worker has done. */
export interface EngineWork {
  /** Counts from 0. */
  readonly worker: number;
  /** What it did: load the network, or run it. */
  readonly stage: 'load' | 'network';
  /** Milliseconds since the epoch. */
  readonly began: number;
  /** How long that took. */
  readonly milliseconds: number;
  /** What the network ran over. */
  readonly inputs?: readonly ModelInput[];
}

/** A network, and how a worker is to run it. */
export interface NetworkOptions {
  /** The network's file, ONNX. */
  readonly onnxPath: string;
  /** The network in its place, where TensorFlow.js runs it. */
  readonly tfjs?: TfjsNetwork;
  /** What the networks' files must hash to, by their paths: sha256, lower-case hexadecimal. */
  readonly hashes?: Readonly<Record<string, string>>;
  /** What both sides of an input must be multiples of. */
  readonly multipleOf: number;
  /** A size it takes, to try it out. */
  readonly size: Size;
  /** Names of its input and outputs. */
  readonly names: { readonly input: string; readonly maps: string; readonly logits: string };
  /** Its 8-bit form, where there is one. */
  readonly int8Path?: string;
  /** Its decoder of outlines, where there is one. */
  readonly outlinePath?: string;
  /** The head of classes that were taught on it, which takes the place of its own. */
  readonly head?: TaughtHead;
  /** `auto` where absent. */
  readonly precision?: PrecisionWish;
  /** Whether the CPU has dot-product instructions. Defaults to what it has; tests set it to cover both kinds of CPU. */
  readonly dotProducts?: DotProducts;
  /** One of `checkProviders`; `cpu` where absent. */
  readonly provider?: string;
  /** Threads of the network's operators; all cores where absent. */
  readonly threads?: number;
  /** Give what maps are refined with, `ClassMaps.features`. */
  readonly refine?: RefineOptions;
  /** What another session read of the network with that in view, to spare this one the work. */
  readonly variant?: RefinableNetwork;
}
