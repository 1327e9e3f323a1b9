/** How much work goes into a frame's maps. */
export interface Accuracy {
  /** Pixels of the network's input, as a multiple of the model's default. The arithmetic grows with them. */
  readonly area: number;
  /** Whether the network's last stage is dilated, for finer maps. */
  readonly dilate: boolean;
  /** Where a region ends, as a share of the map's range. */
  readonly threshold: number;
}

/**
 * The thresholds are for video, where maps are averaged over time and know of motion. Still images, cropped to their
 * object, want 0.35 to 0.4.
 */
export const accuracies = {
  fast: { area: 1, dilate: false, threshold: 0.45 },
  balanced: { area: 1, dilate: true, threshold: 0.45 },
  accurate: { area: 2, dilate: true, threshold: 0.45 },
} as const satisfies Record<string, Accuracy>;

export type AccuracyName = keyof typeof accuracies;
