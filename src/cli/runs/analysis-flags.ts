import type { PrecisionWish } from '../../inference/providers/precision.ts';

/** What of a picture is looked for, and how: the options that annotate and watch have in common. */
export interface AnalysisFlags {
  labels?: string[];
  excludeLabels?: string[];
  topK?: number;
  minScore?: number;
  threshold?: number;
  inputSize?: string;
  threads?: number;
  provider?: string;
  precision?: PrecisionWish;
  model?: string;
}
