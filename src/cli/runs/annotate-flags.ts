import type { AnnotateFileOptions } from '../../../pipelines/analysis.ts';
import type { AccuracyName } from '../../cam/accuracy.ts';
import type { Stride } from '../../media/stride.ts';
import type { AnalysisFlags } from './analysis-flags.ts';

export interface AnnotateFlags extends AnalysisFlags {
  output?: string;
  json?: string;
  profile?: string;
  accuracy?: AccuracyName;
  stride?: Stride;
  heatmap?: boolean;
  heatmapOpacity?: number;
  tracks: boolean;
  start?: number;
  duration?: number;
  batch?: number;
  hwaccel?: string;
  encoder?: string;
  crf?: number;
  preset?: string;
  force?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

const HEATMAP_OPACITY = 0.6;

/** The pipeline's options out of the command line's. */
export function optionsOf(input: string, flags: AnnotateFlags, output: string | undefined): AnnotateFileOptions {
  const { json: _json, profile: _profile, quiet: _quiet, verbose: _verbose, ...options } = flags;
  const { heatmap, heatmapOpacity, ...same } = options;
  return { ...same, input, output, heatmap: heatmapOpacity ?? (heatmap ? HEATMAP_OPACITY : undefined) };
}
