import { checkOption } from '../error.ts';

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
const accuracies = {
  fast: { area: 1, dilate: false, threshold: 0.55 },
  balanced: { area: 1, dilate: true, threshold: 0.55 },
  accurate: { area: 2, dilate: true, threshold: 0.5 },
} as const satisfies Record<AccuracyName, Accuracy>;

/**
 * How much work goes into a frame. `fast` suits video. `balanced` dilates the network's last stage, for maps with four times
 * the cells: 1.7 times the work. `accurate` also doubles the area of the network's input: 3.4 times the work.
 */
export type AccuracyName = 'fast' | 'balanced' | 'accurate';

export const ACCURACIES = Object.keys(accuracies) as readonly AccuracyName[];

/** Returns what an accuracy stands for. @throws HeatboxError `BAD_OPTION` unless there is one of that name. */
export function accuracyOf(name: AccuracyName = 'fast'): Accuracy {
  checkOption(Object.hasOwn(accuracies, name), 'accuracy', name, `one of ${ACCURACIES.join(', ')}`);
  return accuracies[name];
}

/**
 * Returns where boxes end in the maps of an engine, as a share of a map's range.
 *
 * @param maps What the engine says of its maps: `plain` if nothing refines them, `outlined` if evidence of outlines draws them.
 */
export function thresholdOf(
  { plain, outlined }: { readonly plain?: true; readonly outlined?: true },
  accuracy: AccuracyName,
): number {
  if (outlined) return OUTLINED_THRESHOLD;
  return plain ? PLAIN_THRESHOLD : accuracyOf(accuracy).threshold;
}
