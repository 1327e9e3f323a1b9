import type { LabelGroup, Namer } from '../../types.ts';

/** The summed probability from which a group's name is sufficiently sure. */
const SUFFICIENT = 0.5;

/** What a name that would replace another must have: something between the two changes nothing. */
const CLEARLY = 0.6;

/** The share of its widest group's probability that a name needs to stay. */
const LASTING = 0.3;

/** How many times as probable another widest group must be, and by how much of a sure frame it must lead. */
const RENAME_RATIO = 1.2;
const RENAME_LEAD = 0.5;

/**
 * A namer over some groups, which may lie within each other.
 *
 * The widest group with the greatest summed probability is where the name is looked for: the smallest group in it that
 * has at least half of all probability, or else that widest group itself. So it is `cockatoo` when the network is sure,
 * and `bird` when it wavers between birds. A present name gives way to one within it that is clearly sure, to another
 * branch that is clearly more probable, and within its branch when it keeps less than a third of it.
 *
 * @param groups At least one.
 */
export function createNamer(groups: readonly LabelGroup[]): Namer {
  const positions = new Map(groups.map((group, position) => [group, position]));
  /** By class index, the groups that have it. */
  const having: number[][] = [];
  groups.forEach(({ classes }, position) => {
    for (const classIndex of classes) {
      having[classIndex] ??= [];
      having[classIndex].push(position);
    }
  });
  const sets = groups.map(({ classes }) => new Set(classes));
  const holds = (outer: number, inner: number) => groups[inner]!.classes.every((index) => sets[outer]!.has(index));
  const over = groups.map(({ classes }, inner) =>
    having[classes[0]!]!.filter((outer) => sets[outer]!.size > classes.length && holds(outer, inner)),
  );
  const widest = over.flatMap((outer, position) => (outer.length === 0 ? [position] : []));
  const within: number[][] = groups.map(() => []);
  for (const [inner, outers] of over.entries()) for (const outer of outers) within[outer]!.push(inner);
  for (const [outer, inners] of within.entries()) {
    inners.push(outer);
    inners.sort((a, b) => sets[a]!.size - sets[b]!.size);
  }

  return (scores, weight, present) => {
    const sums = new Float64Array(groups.length);
    for (const [classIndex, sum] of scores) {
      for (const position of having[classIndex] ?? []) sums[position]! += sum;
    }
    const greatest = (positions: readonly number[]) =>
      positions.reduce((best, position) => (sums[position]! > sums[best]! ? position : best));
    const best = greatest(widest);
    const now = present && positions.get(present);
    if (now === undefined) return groups[smallest(best, SUFFICIENT * weight)]!;
    const branch = over[now]!.length === 0 ? now : greatest(over[now]!.filter((outer) => over[outer]!.length === 0));
    if (best !== branch && sums[best]! > RENAME_RATIO * sums[branch]! + RENAME_LEAD) {
      return groups[smallest(best, SUFFICIENT * weight)]!;
    }
    const sure = smallest(branch, CLEARLY * weight);
    // One that the present name lies in is no reason to be less precise.
    if (sure !== now && !over[now]!.includes(sure)) return groups[sure]!;
    if (sums[now]! >= LASTING * sums[branch]!) return groups[now]!;
    return groups[smallest(branch, SUFFICIENT * weight)]!;

    /** The smallest group of a branch with at least so much, of equals the more probable one; else the branch. */
    function smallest(branch: number, least: number): number {
      let found = branch;
      for (const position of within[branch]!) {
        if (sums[position]! < least) continue;
        const [size, best] = [sets[position]!.size, sets[found]!.size];
        if (size < best || (size === best && sums[position]! > sums[found]!)) found = position;
      }
      return found;
    }
  };
}
