import { OUTLINED_THRESHOLD } from '../cam/accuracy.ts';
import { type CamOptions, localiseMaps } from '../cam/localise-maps.ts';
import { smoothProbabilities } from '../cam/smooth-probabilities.ts';
import { softmax } from '../cam/softmax.ts';
import { mapsOverTime } from '../motion/maps-over-time.ts';
import { analysisOptions } from '../options/analysis.ts';
import type { CamMap, ClassMaps, Localisation } from '../types.ts';
import type { PairedFrame } from './pair-pictures.ts';

/** How frames are localised. */
export interface LocaliserOptions
  extends Partial<Omit<CamOptions, 'display' | 'grid' | 'probabilities' | 'overTime' | 'threshold'>> {
  /** Where regions end, as shares of the map's range; each gives localisations of its own. */
  readonly thresholds: readonly number[];
}

/** Where no option says otherwise. */
export const LOCALISE_DEFAULTS = {
  topK: analysisOptions.topK.default,
  minScore: analysisOptions.minScore.default,
  threshold: OUTLINED_THRESHOLD,
} as const;

/**
 * Localises the frames of one stream. With a namer, groups are chosen by the evidence of the last second, since one frame
 * alone is often mistaken. Maps are improved by motion and by those of the moment before.
 *
 * @returns takes the frames that the network has seen, in their order, with their maps; gives for each threshold the
 *   frame's localisations. It throws HeatboxError `BAD_OPTION` where an option is out of range.
 */
export function createLocaliser({
  thresholds,
  topK = LOCALISE_DEFAULTS.topK,
  minScore = LOCALISE_DEFAULTS.minScore,
  ...choice
}: LocaliserOptions): (frame: PairedFrame, maps: ClassMaps) => Localisation[][] {
  const smooth = choice.namer ? smoothProbabilities() : (probabilities: Float32Array) => probabilities;
  const overTime = mapsOverTime();
  return ({ display, pts, input, pair }, maps) => {
    const grid = { width: input!.width, height: input!.height };
    const probabilities = smooth(softmax(maps.logits), pts);
    const improve = overTime(pts, pair);
    // The same at every threshold.
    const improved: CamMap[] = [];
    return thresholds.map((threshold) => {
      let asked = 0;
      return localiseMaps(maps, {
        ...choice,
        topK,
        minScore,
        threshold,
        display,
        grid,
        probabilities,
        overTime(map, classes) {
          const position = asked++;
          improved[position] ??= improve(map, classes);
          return improved[position];
        },
      });
    });
  };
}
