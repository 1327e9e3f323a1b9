/**
 * The words of the pipeline, shared by every stage. Units: boxes and points are float pixels in display space (rotation
 * and sample aspect ratio applied), times are seconds of the source clock.
 */

/** `[x0, y0, x1, y1]`, pixels in display space, x1 and y1 exclusive. */
export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/** A place in a picture, or a velocity. */
export interface Point {
  /** Pixels, from the left. */
  readonly x: number;
  /** Pixels, from the top. */
  readonly y: number;
}

/** Width and height of a picture. */
export interface Size {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** A map in CAM cells, row-major: `data[row * cols + col]`. Cell centres lie at `(col + 0.5) / cols` of the width. */
export interface CamMap {
  /** Cells down. */
  readonly rows: number;
  /** Cells across. */
  readonly cols: number;
  /** `[rows, cols]` */
  readonly data: Float32Array;
}

/** One class of the classifier. */
export interface Label {
  /** Position in the network's output. */
  readonly index: number;
  /** WordNet id, as `n01819313`. */
  readonly wnid: string;
  /** Short name, as `sulphur-crested cockatoo`. */
  readonly name: string;
  /** All names of the class. */
  readonly names: readonly string[];
}

/** Classes that go under one name: a synset of WordNet with the classes below it, or a single class. */
export interface LabelGroup {
  /** The synset's WordNet id, as `n01503061`; empty where the model's labels have none. */
  readonly wnid: string;
  /** As `bird`. */
  readonly name: string;
  /** Class indices, ascending, at least one. */
  readonly classes: readonly number[];
}

/**
 * Chooses the group that class probabilities speak for.
 *
 * @param sums Probabilities by class, summed over frames.
 * @param weight The number of frames they were summed over.
 * @param present The name so far, which stays until the evidence speaks clearly against it; one that it returned before.
 */
export type Namer = (
  sums: Iterable<readonly [classIndex: number, sum: number]>,
  weight: number,
  present?: LabelGroup,
) => LabelGroup;

/** What the network sees of one frame. */
export interface ModelInput extends Size {
  /** `[height, width, 3]` RGB bytes, rows top down. May lie in shared memory. */
  readonly data: Uint8Array;
}

/** How the parts of a picture moved since an earlier one. */
export interface MotionField {
  /** Seconds of the source clock of that earlier picture. */
  readonly since: number;
  /** Cells down. */
  readonly rows: number;
  /** Cells across. */
  readonly cols: number;
  /**
   * `[rows, cols, 2]`: how far what is in a cell now has come across and down, in sixteenths of a display pixel;
   * `UNKNOWN_MOTION` where nothing tells. Cell centres as in a {@link CamMap}.
   */
  readonly data: Int16Array;
}

/** In a {@link MotionField}: nothing tells how this cell moved. */
export const UNKNOWN_MOTION = -32768;

/** What the network says of one frame: the maps of all classes, and the logits, which are their spatial means plus the bias. */
export interface ClassMaps {
  /** How many classes the network has. */
  readonly classCount: number;
  /** Cells down. */
  readonly rows: number;
  /** Cells across. */
  readonly cols: number;
  /** `[classCount]` */
  readonly logits: Float32Array;
  /** `[classCount, rows, cols]`, row-major; absent where the `weights` of the features tell them. */
  readonly maps?: Float32Array;
  /** What better maps can be made of, where the engine was asked for it. */
  readonly features?: Features;
  /**
   * Frees the memory of all this at once: nothing of it may be read any more. Who does not call it leaves it to the garbage
   * collector.
   */
  readonly release?: () => void;
}

/** The activations of one stage of the network for one frame: `[channels, rows, cols]`, row-major. */
export interface FeatureMap {
  /** How many activations a cell has. */
  readonly channels: number;
  /** Cells down. */
  readonly rows: number;
  /** Cells across. */
  readonly cols: number;
  /** `[channels, rows, cols]` */
  readonly data: Float32Array;
}

/**
 * How alike the features of a stage's cells are to those of the region of each seed cell: `[seed cells, rows · cols]`. With
 * f_j the features of cell j, scaled to length 1, and u_kj the share of seed cell k in it, the value at [k, i] is
 * f_i · Σ_j u_kj f_j.
 */
export interface Affinity {
  /** Cells down. */
  readonly rows: number;
  /** Cells across. */
  readonly cols: number;
  /** `[seed cells, rows · cols]` */
  readonly data: Float32Array;
}

/** The linear layer of a network with a CAM head. */
export interface ClassWeights {
  /** How many activations a cell has. */
  readonly channels: number;
  /** `[classes, channels]`, row-major. */
  readonly data: Float32Array;
}

/** What the network tells of a frame beside its class maps, by which the map of any class can be refined. */
export interface Features {
  /** What the class maps are weighted sums of. */
  readonly last: FeatureMap;
  /** Of the earlier stages to the cells of the class maps. */
  readonly affinities: readonly Affinity[];
  /**
   * What of the picture is an object, of whichever class, 0 to 1: by a decoder of the network's activations. Absent where the
   * network has none.
   */
  readonly outline?: CamMap;
  /** The weights of those sums; absent where the maps come from something else than a linear layer. */
  readonly weights?: ClassWeights;
}

/** A class and its score, the softmax probability. */
export interface ClassScore {
  /** Position in the network's output. */
  readonly classIndex: number;
  /** Softmax probability, 0 to 1. */
  readonly score: number;
}

/** One frame's region of one class. */
export interface Localisation {
  /** The class, of a group its most probable one. */
  readonly classIndex: number;
  /** The group that was localised; absent where it is the class alone. */
  readonly group?: LabelGroup;
  /** Softmax probability of the class, or the summed probability of the group. */
  readonly score: number;
  /** The region's bounds. */
  readonly box: Box;
  /** Centre of the region's strongest point, in display pixels. */
  readonly peak: Point;
  /** The map of the class or group the region was cut from, raw values. */
  readonly map: CamMap;
  /** The frame's best classes, best first: what a track accumulates to name itself. */
  readonly evidence: readonly ClassScore[];
}

/** Where a track is in its life: not yet believed in, followed, out of sight, over. */
export type TrackState = 'tentative' | 'confirmed' | 'lost' | 'ended';

/** A localisation followed over time under one id. */
export interface Track {
  /** Counts from 1, stable for the track's life, never used again. */
  readonly id: number;
  /** The class of the evidence accumulated over the track's life, not of this frame alone. */
  readonly classIndex: number;
  /** What it is named by, where localisations have groups; then `classIndex` is its most probable class. */
  readonly group?: LabelGroup;
  /** Accumulated softmax probability of that class or group. */
  readonly score: number;
  /** What else it could be: its most probable classes over its life, best first. */
  readonly evidence?: readonly ClassScore[];
  /** Where the object is in this frame. */
  readonly box: Box;
  /** Where it is in its life. */
  readonly state: TrackState;
  /** Whether a localisation of this very frame supports the box; else it is predicted or interpolated. */
  readonly measured: boolean;
  /** Where its class shows most, in display pixels. */
  readonly peak: Point;
  /** Velocity of the box centre in pixels per second. */
  readonly velocity: Point;
  /** The map of the last localisation. */
  readonly map?: CamMap;
}
