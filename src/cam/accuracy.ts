/** How much work goes into a frame's maps. */
export interface Accuracy {
  /** Pixels of the network's input, as a multiple of the model's default. The arithmetic grows with them. */
  readonly area: number;
  /** Whether the network's last stage is dilated, for finer maps. */
  readonly dilate: boolean;
  /** Where a region ends, as a share of the range of a map that has no evidence of outlines. */
  readonly threshold: number;
}

/**
 * Where a region ends if evidence of outlines draws the map: between what suits stills and large objects (0.15 to 0.4), and
 * small objects in clips (0.45 and more).
 */
export const OUTLINED_THRESHOLD = 0.4;

/** Where a region of a map ends that nothing refines. */
export const PLAIN_THRESHOLD = 0.5;

/** The thresholds are for video, where maps are averaged over time and know of motion. */
export const accuracies = {
  fast: { area: 1, dilate: false, threshold: 0.55 },
  balanced: { area: 1, dilate: true, threshold: 0.55 },
  accurate: { area: 2, dilate: true, threshold: 0.5 },
} as const satisfies Record<string, Accuracy>;

export type AccuracyName = keyof typeof accuracies;
