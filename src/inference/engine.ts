import type { ClassMaps, ModelInput, Size } from '../types.ts';

/** Runs a network with a CAM head. Whoever made it closes it. */
export interface Engine {
  /** Where it runs, as `cpu`. */
  readonly provider: string;
  /** How many runs go on at once; 1 where absent. */
  readonly concurrency?: number;
  /** It was asked for what maps are refined with, and this network does not have it: earlier stages. */
  readonly plain?: true;
  /**
   * One batch. Calls may overlap; beyond `concurrency` they wait for their turn, in order.
   *
   * @param inputs - All of one size, both sides multiples of `multipleOf`. Their bytes are read when the run's turn comes,
   * so they must stay as they are until the promise has settled.
   * @returns for each input its class maps, `rows` and `cols` being the input's size over the network's stride.
   * @throws HeatboxError `ENGINE_INPUT` where the inputs are not such, `ENGINE_RUN` where the network fails on them,
   * `ENGINE_GONE` after `close`. The engine can be used further after the first two.
   */
  run(inputs: readonly ModelInput[]): Promise<ClassMaps[]>;
  /** Ends the worker after the runs under way, and frees the session. May be called again. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** The network's file. */
  readonly onnxPath: string;
  /** What both sides of an input must be multiples of. */
  readonly multipleOf: number;
  /** Names of its input and outputs. */
  readonly names: { readonly input: string; readonly maps: string; readonly logits: string };
  /** onnxruntime's execution provider. */
  readonly provider?: string;
  /** Threads of the network's operators; all cores where absent. */
  readonly threads?: number;
  /** Run once at the start on blank pictures of this shape, so that the first frames are not slower. */
  readonly warmUp?: Size & { readonly batch: number };
  /** Give what maps are refined with, `ClassMaps.features`. */
  readonly refine?: boolean;
}
