import { matchLabel } from '../model/index.ts';
import type { Label } from '../types.ts';

const SHOWN = 3;

/**
 * What the words of `--labels` were taken to mean, as `cockatoo is sulphur-crested cockatoo (89)`.
 *
 * @throws HeatboxError as `matchLabel` does.
 */
export function describeMatches(labels: readonly Label[], queries: readonly string[]): string {
  return queries
    .map((query) => {
      const matched = matchLabel(labels, query).labels;
      const names = matched.slice(0, SHOWN).map(({ name, index }) => `${name} (${index})`);
      if (matched.length === 1) return `${query} is ${names[0]}`;
      const rest = matched.length - names.length;
      return `${query} is ${matched.length} classes: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
    })
    .join('; ');
}
