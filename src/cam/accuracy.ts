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
 * The threshold lies between what suits clips of large objects and stills (0.15 to 0.4) and clips of small ones (0.45 and more).
 */
export const accuracies = {
  fast: { area: 1, dilate: false, threshold: 0.4 },
  balanced: { area: 1, dilate: true, threshold: 0.4 },
  accurate: { area: 2, dilate: true, threshold: 0.4 },
} as const satisfies Record<string, Accuracy>;

export type AccuracyName = keyof typeof accuracies;
