import type { AnnotateFileOptions } from '../../../../pipelines/analysis.ts';
import type { FlagsOf } from '../../../options/commands.ts';
import { fileOptions } from '../../../options/files.ts';
import { networkOf } from '../analysis-flags.ts';

export type AnnotateFlags = FlagsOf<'annotate'>;

/** The pipeline's options out of the command line's. */
export function optionsOf(input: string, flags: AnnotateFlags, output: string | undefined): AnnotateFileOptions {
  const { json: _json, profile: _profile, quiet: _quiet, verbose: _verbose, ...options } = flags;
  const { heatmap, heatmapOpacity, ...same } = options;
  const opacity = heatmapOpacity ?? (heatmap ? fileOptions.heatmapOpacity.default : undefined);
  return { ...same, ...networkOf(flags), input, output, heatmap: opacity };
}
