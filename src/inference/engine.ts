import type { ClassMaps, ModelInput, Size } from '../types.ts';

/** Runs a network with a CAM head. Whoever made it closes it. */
export interface Engine {
  /** Where it runs, as `cpu`. */
  readonly provider: string;
  /**
   * One batch. Calls may overlap; they are run one after another, in order.
   *
   * @param inputs - All of one size, which is a multiple of the network's stride.
   * @returns for each input its class maps, `rows` and `cols` being the input's size over the stride.
   * @throws HeatboxError `ENGINE_…`
   */
  run(inputs: readonly ModelInput[]): Promise<ClassMaps[]>;
  /** Ends the worker after the runs under way, and frees the session. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** The network's file. */
  readonly onnxPath: string;
  /** Names of its input and outputs. */
  readonly names: { readonly input: string; readonly maps: string; readonly logits: string };
  /** onnxruntime's execution provider. */
  readonly provider?: string;
  /** Threads of the network's operators; all cores where absent. */
  readonly threads?: number;
  /** Run once at the start on blank pictures of this shape, so that the first frames are not slower. */
  readonly warmUp?: Size & { readonly batch: number };
}
