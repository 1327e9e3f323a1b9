/** How much work goes into a frame's maps. */
export interface Preset {
  /** Pixels of the network's input, as a multiple of the model's default. */
  readonly area: number;
  /** Whether the network's last stage is run backwards, too, for finer maps. */
  readonly gradient: boolean;
  /** Where a region ends, as a share of the map's range. */
  readonly threshold: number;
}

/**
 * What the arithmetic of one frame comes to, in runs of the network at its default size: 1, 1.2 and 2.4. All refine maps
 * with feature prototypes. The threshold is for video, seven DAVIS clips at 384×224: CorLoc 76.0 (`fast`) and 79.5 (with the
 * gradient) at 0.5, but 62.3 and 66.5 at 0.4. Still images, cropped to their object, want 0.3 to 0.4.
 */
export const presets = {
  fast: { area: 1, gradient: false, threshold: 0.5 },
  balanced: { area: 1, gradient: true, threshold: 0.5 },
  accurate: { area: 2, gradient: true, threshold: 0.5 },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;
