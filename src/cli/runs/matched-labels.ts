import { describeGroup, type Model, matchGroup } from '../../model/index.ts';

/**
 * What the words of `--labels` were taken to mean, as `bird: 59 classes, cock (7), hen (8), ostrich (9) and 56 more`.
 *
 * @throws HeatboxError as `matchGroup` does.
 */
export function describeMatches(model: Pick<Model, 'tree'>, queries: readonly string[]): string {
  return queries.map((query) => describeGroup(model, matchGroup(model, query))).join('; ');
}
