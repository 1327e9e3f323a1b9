/** The activations of one stage of the network for one frame: `[channels, rows, cols]`, row-major. */
export interface FeatureMap {
  readonly channels: number;
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}
