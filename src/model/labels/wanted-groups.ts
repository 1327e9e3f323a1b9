import { HeatboxError } from '../../error.ts';
import type { LabelGroup } from '../../types.ts';
import type { Model } from '../model.ts';
import { resolveGroups } from './groups.ts';
import { plainNames } from './plain-names.ts';

/** Which classes to look for. */
export interface WantedLabels {
  /**
   * Look only for these: names of classes (`goldfish`) or of groups (`bird`), WordNet ids (`n01503061`), or class indices
   * (`'89'`). Defaults to all classes, under everyday names.
   */
  readonly labels?: readonly string[];
  /** Never look for these. Same words as `labels`. */
  readonly excludeLabels?: readonly string[];
}

/**
 * Returns the groups of classes to look for: those asked for, or all under everyday names, without the excluded classes.
 *
 * @example
 * localise({ engine, namer: createNamer(wantedGroups(model, { labels: ['bird'] })) })
 *
 * @throws HeatboxError `LABEL_UNKNOWN` and `LABEL_AMBIGUOUS` for a word that names no class or several, `LABELS_NONE` if no
 * class is left.
 */
export function wantedGroups(model: Model, { labels, excludeLabels }: WantedLabels): LabelGroup[] {
  const groups = labels === undefined ? plainNames(model.tree) : resolveGroups(model, labels);
  const excluded = new Set(resolveGroups(model, excludeLabels ?? []).flatMap(({ classes }) => classes));
  const left = groups
    .map((group) => ({ ...group, classes: group.classes.filter((index) => !excluded.has(index)) }))
    .filter(({ classes }) => classes.length > 0);
  if (left.length > 0) return left;
  throw new HeatboxError(
    'LABELS_NONE',
    `no class is left to look for: labels "${labels ?? ''}" without "${excludeLabels ?? ''}"`,
    {
      kind: 'usage',
      hint: 'Name at least one class that is not excluded.',
    },
  );
}
