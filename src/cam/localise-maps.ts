import { checkOption } from '../error.ts';
import { AS_LIKELY_AS_NOT } from '../outline/draw.ts';
import type { Box, CamMap, ClassMaps, ClassScore, Localisation, Namer, Point, Size } from '../types.ts';
import { bestClasses } from './best-classes.ts';
import { bySize } from './by-size.ts';
import { chooseGroups } from './choose-groups.ts';
import { normalise } from './normalise.ts';
import { refinePeak } from './peak.ts';
import { refinedMap } from './refined-map.ts';
import { findRegions, type Region } from './regions.ts';
import { softmax } from './softmax.ts';
import { upsample } from './upsample.ts';

/**
 * What a map becomes by what the frames before it tell.
 *
 * @param classes Whose map it is, the most probable first.
 */
export type MapOverTime = (map: CamMap, classes: readonly ClassScore[]) => CamMap;

/** Options of {@link localiseMaps}. */
export interface CamOptions {
  /** Indices of the classes that may be named; all where absent. */
  readonly classes?: readonly number[];
  /** How many classes or groups of a frame are localised at most. */
  readonly topK: number;
  /** Least softmax probability of a class, summed over a group's, 0 to 1. */
  readonly minScore: number;
  /** The space of the boxes. */
  readonly display: Size;
  /** The grid on which regions are found, normally the network's input size. */
  readonly grid: Size;
  /** Chooses groups of classes, which are localised in the place of classes; classes where absent. */
  readonly namer?: Namer;
  /** `[classCount]` probabilities to choose by, as those of several frames; the frame's own where absent. */
  readonly probabilities?: Float32Array;
  /** For frames of a video: called for each map, the surest first. */
  readonly overTime?: MapOverTime;
  /** Where a region ends, as a share of the map's range, between 0 and 1. */
  readonly threshold: number;
  /**
   * `largest`: one region a class. `substantial`, the default: also every other region that could be an object of its
   * own, having a quarter of the largest one's area and a peak at least halfway from the threshold to the map's maximum.
   * Several objects of a class show as such regions; the blobs of a noisy background do not. `all`: for measuring.
   */
  readonly regions?: 'largest' | 'substantial' | 'all';
}

const SUBSTANTIAL_AREA = 0.25;
const SUBSTANTIAL_PEAK = 0.5;

/** How many classes a localisation lists as evidence: all that count where the network wavers between breeds. */
const EVIDENCE_CLASSES = 64;

/**
 * Finds the objects of one frame in its class activation maps (Zhou et al., arXiv 1512.04150): the best classes' maps,
 * refined where the engine tells what that takes, min-max normalised, upsampled to the grid, cut at the threshold, each region a box.
 *
 * @returns Best class first, of a class the largest region first. The evidence of each is its own class and those that
 *   have no localisation of their own in this frame. A flat or non-finite map yields none. Where the network gives evidence
 *   of outlines, a place at which an object is less likely than not yields none either, unless `regions` is `all`.
 * @throws HeatboxError `BAD_OPTION` where an option is out of range.
 */
export function localiseMaps(maps: ClassMaps, options: CamOptions): Localisation[] {
  checkOptions(options);
  const { display, grid, topK, minScore, threshold, overTime } = options;
  const probabilities = options.probabilities ?? softmax(maps.logits);
  const probable = bestClasses(probabilities, Math.max(topK, EVIDENCE_CLASSES), options.classes);
  const choices = options.namer
    ? chooseGroups(probabilities, { ...options, namer: options.namer })
    : probable.slice(0, topK).map((one) => ({ ...one, weights: [{ ...one, score: 1 }] }));
  const chosen = choices.filter(({ score }) => score >= minScore);
  const placed = new Set(chosen.flatMap(({ weights }) => weights.map(({ classIndex }) => classIndex)));
  const unplaced = probable.filter(({ classIndex }) => !placed.has(classIndex));
  const pixels = pixelsFor(grid);
  return chosen.flatMap(({ weights, ...choice }) => {
    const now = refinedMap(maps, weights);
    const map = overTime ? overTime(now, weights) : now;
    if (options.regions !== 'all' && maps.features?.outline && isEmpty(now)) return [];
    upsample(normalise(map), grid, pixels, threshold);
    const regions = findRegions(pixels, grid, threshold);
    const own = weights.map(({ classIndex }) => ({ classIndex, score: probabilities[classIndex]! }));
    const evidence = [...own, ...unplaced].sort((a, b) => b.score - a.score).slice(0, EVIDENCE_CLASSES);
    return select(regions, options).map((region) => {
      const box = boxOf(region, grid, display);
      const peak = peakOf(region, map, grid, display);
      return { ...choice, box, peak, map, evidence };
    });
  });
}

/** Whether a map that was drawn by evidence of outlines shows no object: a classifier has an answer for scenery, too. */
function isEmpty({ data }: CamMap): boolean {
  return data.every((value) => value < AS_LIKELY_AS_NOT);
}

/** Each map is written over it in full. */
const pixelsFor = bySize(({ width, height }) => new Float32Array(width * height));

function select(regions: Region[], { regions: rule, threshold }: CamOptions): Region[] {
  const [largest] = regions;
  if (rule === 'all') return regions;
  if (largest === undefined || rule === 'largest') return regions.slice(0, 1);
  const least = threshold + (1 - threshold) * SUBSTANTIAL_PEAK;
  return regions.filter(
    (region) => region === largest || (region.area >= SUBSTANTIAL_AREA * largest.area && region.peak.value >= least),
  );
}

function boxOf({ x0, y0, x1, y1 }: Region, grid: Size, display: Size): Box {
  const across = display.width / grid.width;
  const down = display.height / grid.height;
  return [x0 * across, y0 * down, x1 * across, y1 * down];
}

function peakOf({ peak }: Region, map: CamMap, grid: Size, display: Size): Point {
  const col = Math.floor(((peak.x + 0.5) * map.cols) / grid.width);
  const row = Math.floor(((peak.y + 0.5) * map.rows) / grid.height);
  const share = refinePeak(map, col, row);
  return { x: share.x * display.width, y: share.y * display.height };
}

function checkOptions({ display, grid, topK, minScore, threshold }: CamOptions): void {
  checkOption(
    display.width > 0 && display.height > 0,
    'the display size',
    `${display.width}x${display.height}`,
    'above 0',
  );
  const whole = Number.isInteger(grid.width) && Number.isInteger(grid.height);
  checkOption(
    whole && grid.width > 0 && grid.height > 0,
    'the grid',
    `${grid.width}x${grid.height}`,
    'whole and above 0',
  );
  checkOption(Number.isInteger(topK) && topK > 0, 'topK', topK, 'a whole number above 0');
  checkOption(minScore >= 0 && minScore <= 1, 'minScore', minScore, 'between 0 and 1');
  checkOption(threshold > 0 && threshold < 1, 'threshold', threshold, 'between 0 and 1, both excluded');
}
