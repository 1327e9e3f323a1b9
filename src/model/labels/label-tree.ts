import type { Label, LabelGroup } from '../../types.ts';
import type { Synset } from './wordnet.ts';

/** A synset over a model's classes, or one of the classes. */
export interface LabelNode extends LabelGroup {
  /** All its names; `name` is the first of a synset, the short one of a class. */
  readonly names: readonly string[];
  /** The groups right above it. */
  readonly parents: readonly LabelNode[];
  /** In the order of the network's output. */
  readonly children: readonly LabelNode[];
  /** Whether it is one class of the model rather than a synset over classes. */
  readonly isClass: boolean;
}

/** A model's classes and the synsets over them: WordNet's graph, in which a node may have several parents. */
export interface LabelTree {
  /** The classes, `leaves[i]` being that of index i. */
  readonly leaves: readonly LabelNode[];
  /** The synsets over them, those with most classes first. */
  readonly synsets: readonly LabelNode[];
}

interface Growing extends LabelNode {
  classes: number[];
  parents: Growing[];
  children: Growing[];
}

/**
 * Lays WordNet over a model's classes by their WordNet ids. A class without an id, or with one that WordNet's part does
 * not have, stands alone. A class that is itself over other classes hangs below its own synset.
 */
export function buildLabelTree(labels: readonly Label[], wordnet: readonly Synset[]): LabelTree {
  const known = new Map(wordnet.map((synset) => [synset.id, synset]));
  const over = ancestors(labels, known);
  const synsets = new Map<string, Growing>();
  for (const id of over) {
    const { names } = known.get(id)!;
    synsets.set(id, node(id, names[0]!, names, false));
  }
  for (const [id, synset] of synsets) link(synset, known.get(id)!.parents);

  const leaves = labels.map(({ index, wnid, name, names }) => {
    const leaf = node(wnid, name, [...new Set([name, ...names, ...(known.get(wnid)?.names ?? [])])], true);
    leaf.classes.push(index);
    link(leaf, over.has(wnid) ? [wnid] : (known.get(wnid)?.parents ?? []));
    for (const ancestor of lineOf(leaf)) ancestor.classes.push(index);
    return leaf;
  });

  function link(child: Growing, parents: readonly string[]): void {
    for (const id of parents) {
      const parent = synsets.get(id);
      if (parent === undefined) continue;
      child.parents.push(parent);
      parent.children.push(child);
    }
  }

  for (const { children } of synsets.values()) children.sort((a, b) => a.classes[0]! - b.classes[0]!);
  return { leaves, synsets: [...synsets.values()].sort((a, b) => b.classes.length - a.classes.length) };
}

/** All that lies over a node, each once. */
export function lineOf<Node extends { readonly parents: readonly Node[] }>(node: Node): Set<Node> {
  const line = new Set<Node>();
  const waiting = [...node.parents];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (line.has(next)) continue;
    line.add(next);
    waiting.push(...next.parents);
  }
  return line;
}

/** Ids of all synsets that lie over a class. */
function ancestors(labels: readonly Label[], known: ReadonlyMap<string, Synset>): Set<string> {
  const over = new Set<string>();
  const waiting = labels.flatMap(({ wnid }) => known.get(wnid)?.parents ?? []);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const synset = known.get(id);
    if (synset === undefined || over.has(id)) continue;
    over.add(id);
    waiting.push(...synset.parents);
  }
  return over;
}

function node(wnid: string, name: string, names: readonly string[], isClass: boolean): Growing {
  return { wnid, name, names, isClass, classes: [], parents: [], children: [] };
}
