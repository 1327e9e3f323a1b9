import type { ClassChoice } from '../cam/choose-classes.ts';
import type { TfjsNetwork } from '../model/index.ts';
import type { ClassMaps, LabelGroup, ModelInput, Size } from '../types.ts';
import type { Precision, PrecisionWish } from './precision.ts';

/** Runs a network with a CAM head. Whoever made it closes it. */
export interface Engine {
  /** Where it runs, as `cpu`, or `cuda:0,cuda:1`. */
  readonly provider: string;
  /** Why it runs there, and why in that precision, where that was not the user's choice. */
  readonly why?: string | undefined;
  /** What it computes in; float32 where absent. */
  readonly precision?: Precision | undefined;
  /** How many runs it does at once; one where absent. */
  readonly workers?: number | undefined;
  /**
   * What it was asked for and this network does not have: earlier `stages`, so that the maps stay plain, or a last stage
   * whose `gradient` can be computed, so that they are refined without it.
   */
  readonly lacks?: Lack;
  /**
   * One batch. Calls may overlap; they are answered in their order.
   *
   * @param inputs - All of one size, both sides multiples of `multipleOf`. Their bytes are read when the run's turn comes,
   * so they must stay as they are until the promise has settled.
   * @param unions - For each input classes whose union is localised, instead of the classes its logits choose: their maps
   * are refined together, weighted by their probabilities, and go under the most probable. Only where maps are refined.
   * @returns for each input its class maps, `rows` and `cols` being the input's size over the network's stride.
   * @throws HeatboxError `ENGINE_INPUT` where the inputs are not such, `ENGINE_RUN` where the network fails on them,
   * `ENGINE_GONE` after `close`. The engine can be used further after the first two.
   */
  run(inputs: readonly ModelInput[], unions?: readonly (readonly number[])[]): Promise<ClassMaps[]>;
  /** Ends the worker after the runs under way, and frees the session. May be called again. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** The network's file, ONNX. */
  readonly onnxPath: string;
  /** The network in its place, where TensorFlow.js runs it. */
  readonly tfjs?: TfjsNetwork;
  /** What both sides of an input must be multiples of. */
  readonly multipleOf: number;
  /** A size it takes, to try it out. */
  readonly size: Size;
  /** Names of its input and outputs. */
  readonly names: { readonly input: string; readonly maps: string; readonly logits: string };
  /** Its 8-bit form, where there is one. */
  readonly int8Path?: string;
  /** `auto` where absent. */
  readonly precision?: PrecisionWish;
  /** One of `parseProviders`; `cpu` where absent. */
  readonly provider?: string;
  /** Threads of the network's operators; all cores where absent. */
  readonly threads?: number;
  /** Run once at the start on blank pictures of this shape, so that the first frames are not slower. */
  readonly warmUp?: Size & { readonly batch: number };
  /** Refine the maps of the classes that are localised, with the stages of the network before the last. */
  readonly refine?: RefineOptions;
}

export type Lack = 'stages' | 'gradient';

export interface RefineOptions extends ClassChoice {
  /** Groups of classes that are localised in the place of classes, as the same groups' namer chooses them. */
  readonly groups?: readonly LabelGroup[];
  /** Also run the network's last stage backwards: finer maps for about a fifth of the network's arithmetic a class. */
  readonly gradient: boolean;
}
