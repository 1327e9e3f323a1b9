import { HeatboxError } from '../../error.ts';
import { nearest } from '../../text/nearest.ts';
import type { Label } from '../../types.ts';

const INDEX = /^\s*-?\d+\s*$/;

/** What a user's word for classes was taken to mean. */
export interface LabelMatch {
  readonly query: string;
  /** How it was understood; `part` is a piece of a name that only one class has. */
  readonly by: 'index' | 'wnid' | 'name' | 'word' | 'part';
  /** In the order of the network's output, at least one. */
  readonly labels: readonly Label[];
}

/**
 * Finds the classes a user means by one word or phrase, the first of these that gives any:
 *
 * 1. `89`: the class index; `n01819313`: the WordNet id. The only ways that always mean one class.
 * 2. A whole name, as `sulphur-crested cockatoo` or `Kakatoe galerita`. Names are WordNet's, and three are shared by two
 *    classes (`crane`, `maillot`, `cardigan`): then both are meant.
 * 3. The last word or words of a name: `cockatoo` is class 89, `terrier` all terriers, `car` all cars but not the
 *    `car mirror`, since what is named by several words is a kind of the last.
 * 4. Words anywhere in a name: `bicycle` is the `bicycle-built-for-two`.
 * 5. A piece of a name, if only one class has it.
 *
 * Case, underscores and hyphens do not matter.
 *
 * @throws HeatboxError `LABEL_UNKNOWN`, with near ones in the hint, or `LABEL_AMBIGUOUS` for a piece of several names.
 */
export function matchLabel(labels: readonly Label[], query: string): LabelMatch {
  const text = normalise(query);
  if (INDEX.test(query)) {
    const label = labels[Number(query)];
    if (label === undefined) throw unknown(query, `class indices go from 0 to ${labels.length - 1}`);
    return { query, by: 'index', labels: [label] };
  }
  if (text === '') throw unknown(query, 'give an index, a WordNet id or a name');
  const wnid = labels.filter((label) => label.wnid === text);
  if (wnid.length > 0) return { query, by: 'wnid', labels: wnid };

  const having = (test: (name: string) => boolean) => labels.filter((label) => names(label).some(test));
  const whole = having((name) => name === text);
  if (whole.length > 0) return { query, by: 'name', labels: whole };
  const kinds = having((name) => name.endsWith(` ${text}`));
  if (kinds.length > 0) return { query, by: 'word', labels: kinds };
  const word = having((name) => ` ${name} `.includes(` ${text} `));
  if (word.length > 0) return { query, by: 'word', labels: word };
  const part = having((name) => name.includes(text));
  if (part.length === 1) return { query, by: 'part', labels: part };
  if (part.length > 1) {
    throw new HeatboxError(
      'LABEL_AMBIGUOUS',
      `label '${query}' is a piece of ${part.length} labels: ${list(part, text)}`,
      {
        hint: 'Give a whole word or name, a class index or a WordNet id.',
        value: query,
        kind: 'usage',
      },
    );
  }
  throw unknown(query, suggestion(labels, text));
}

/**
 * The class indices of all `queries`, ascending, each once.
 *
 * @throws HeatboxError as `matchLabel` does.
 */
export function resolveLabels(labels: readonly Label[], queries: readonly string[]): readonly number[] {
  const indices = queries.flatMap((query) => matchLabel(labels, query).labels.map((label) => label.index));
  return [...new Set(indices)].sort((a, b) => a - b);
}

/**
 * The classes that `heatbox labels [query]` lists: those with `query` anywhere in a name, or of this index or WordNet id;
 * whole names first, then whole words, then the rest, each in the order of the network's output. All without a query.
 */
export function searchLabels(labels: readonly Label[], query = ''): readonly Label[] {
  // A hyphen is a space in a name, and a sign before an index.
  const text = INDEX.test(query) ? query.trim() : normalise(query);
  const rank = (label: Label) => {
    const all = names(label);
    if ([...all, label.wnid, String(label.index)].includes(text)) return 0;
    if (all.some((name) => ` ${name} `.includes(` ${text} `))) return 1;
    return all.some((name) => name.includes(text)) ? 2 : 3;
  };
  return labels
    .map((label) => ({ label, rank: text === '' ? 0 : rank(label) }))
    .filter((entry) => entry.rank < 3)
    .sort((a, b) => a.rank - b.rank || a.label.index - b.label.index)
    .map((entry) => entry.label);
}

/** A name as it is compared: case, underscores and hyphens do not matter. */
export function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();
}

function names(label: Label): string[] {
  return [label.name, ...label.names].map(normalise);
}

function suggestion(labels: readonly Label[], text: string): string {
  const whole = labels.flatMap(names);
  const words = whole.flatMap((name) => name.split(' ')).filter((word) => word.length > 2);
  const near = nearest(text, [...whole, ...words]);
  if (near.length === 0) return "'heatbox labels' lists all of them";
  return `did you mean ${near.map((name) => `'${name}'`).join(' or ')}?`;
}

function unknown(query: string, hint: string): HeatboxError {
  const sentence = `${hint[0]!.toUpperCase()}${hint.slice(1)}${hint.endsWith('?') ? '' : '.'}`;
  return new HeatboxError('LABEL_UNKNOWN', `no class has the label '${query}'`, {
    hint: sentence,
    value: query,
    kind: 'usage',
  });
}

/** The first of the labels, each by the name that has `text` in it. */
function list(labels: readonly Label[], text: string): string {
  const shown = labels.slice(0, 8).map((label) => {
    const name = [label.name, ...label.names].find((candidate) => normalise(candidate).includes(text));
    return `${name} (${label.index})`;
  });
  return shown.join(', ') + (labels.length > shown.length ? ` and ${labels.length - shown.length} more` : '');
}
