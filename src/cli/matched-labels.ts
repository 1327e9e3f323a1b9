import { matchLabel } from '../model/index.ts';
import type { Label } from '../types.ts';

const SHOWN = 3;

/**
 * What the words of `--labels` were taken to mean: `cockatoo: sulphur-crested cockatoo (89); terrier: 24 classes, as …`.
 * A word that is a class's name stands for itself.
 *
 * @throws HeatboxError as `matchLabel` does.
 */
export function describeMatches(labels: readonly Label[], queries: readonly string[]): string {
  return queries
    .map((query) => {
      const matched = matchLabel(labels, query).labels;
      const names = matched.slice(0, SHOWN).map(({ name, index }) => `${name} (${index})`);
      if (matched.length > SHOWN) return `${query}: ${matched.length} classes, as ${names.join(', ')}`;
      return matched.length === 1 && matched[0]!.name === query ? names[0] : `${query}: ${names.join(', ')}`;
    })
    .join('; ');
}
