import type { LabelGroup } from '../../types.ts';
import type { LabelNode, LabelTree } from './label-tree.ts';
import { matchLabel, normalise } from './labels.ts';

/** What a user's word was taken to mean. */
export interface GroupMatch {
  readonly query: string;
  readonly group: LabelGroup;
  /** Synsets of the same name that were not meant, since they cover fewer classes. */
  readonly others: readonly LabelNode[];
}

/** What the groups of a model are looked up in. */
interface Named {
  readonly tree: LabelTree;
}

/**
 * Finds what a user means by one word or phrase, the first of these that gives any:
 *
 * 1. A class index, or the WordNet id of a class or of a synset over classes.
 * 2. A whole name of a synset or class, as `bird`. Where several have it, the one that covers most classes; all of them
 *    where they cover equally many, as the bird and the machine called `crane`.
 * 3. What `matchLabel` finds: the last words of a class's name, words in it, a piece of it.
 *
 * @throws HeatboxError as `matchLabel` does.
 */
export function matchGroup({ tree }: Named, query: string): GroupMatch {
  const text = normalise(query);
  const nodes = [...tree.synsets, ...tree.leaves];
  const byId = nodes.filter(({ wnid }) => wnid !== '' && wnid === text);
  const named = byId.length > 0 ? byId : nodes.filter(({ names }) => names.some((name) => normalise(name) === text));
  const most = Math.max(...named.map(({ classes }) => classes.length));
  const meant = named.filter(({ classes }) => classes.length === most);
  if (text !== '' && !/^-?\d+$/.test(text) && meant.length > 0) {
    const others = named.filter(({ classes }) => classes.length < most && !within(classes, meant));
    return { query, group: meant.length === 1 ? meant[0]! : union(query, meant), others };
  }
  const labels = tree.leaves.map(({ classes, wnid, name, names }) => ({ index: classes[0]!, wnid, name, names }));
  const matched = matchLabel(labels, query).labels.map(({ index }) => tree.leaves[index]!);
  return { query, group: matched.length === 1 ? matched[0]! : union(query, matched), others: [] };
}

/**
 * The groups of all `queries`, each once.
 *
 * @throws HeatboxError as `matchLabel` does.
 */
export function resolveGroups(model: Named, queries: readonly string[]): LabelGroup[] {
  const groups = new Map<string, LabelGroup>();
  for (const query of queries) {
    const { group } = matchGroup(model, query);
    const key = `${group.name}: ${group.classes.join()}`;
    if (!groups.has(key)) groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * WordNet ids of the classes and synsets that lie within the group a whole name or WordNet id means; none where it means
 * nothing. A misspelled one is not guessed at.
 */
export function wnidsWithin({ tree }: Named, name: string): string[] {
  const text = normalise(name);
  const nodes = [...tree.synsets, ...tree.leaves];
  const named = nodes.filter(({ wnid, names }) => wnid === text || names.some((one) => normalise(one) === text));
  if (text === '' || named.length === 0) return [];
  const { group } = matchGroup({ tree }, name);
  return nodes.flatMap(({ wnid, classes }) => (wnid !== '' && within(classes, [group]) ? [wnid] : []));
}

const SHOWN = 3;

/** What a word was taken to mean, as `bird: 59 classes (cock, hen, ostrich and 56 more)`. */
export function describeGroup({ tree }: Named, { query, group, others }: GroupMatch): string {
  const { classes } = group;
  const names = classes.slice(0, SHOWN).map((index) => `${tree.leaves[index]!.name} (${index})`);
  const rest = classes.length - names.length;
  const list = `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  const covered = classes.length === 1 ? `${query}: ${list}` : `${query}: ${classes.length} classes, ${list}`;
  if (others.length === 0) return covered;
  const unmeant = others.map(({ wnid, classes }) => {
    const count = classes.length === 1 ? tree.leaves[classes[0]!]!.name : `${classes.length} classes`;
    return `${wnid}, ${count}`;
  });
  return `${covered}; not the other '${query}' (${unmeant.join('; ')})`;
}

function union(query: string, nodes: readonly LabelNode[]): LabelGroup {
  const classes = [...new Set(nodes.flatMap(({ classes }) => classes))].sort((a, b) => a - b);
  return { wnid: '', name: query.trim(), classes };
}

function within(classes: readonly number[], nodes: readonly LabelGroup[]): boolean {
  return nodes.some((node) => classes.every((index) => node.classes.includes(index)));
}
