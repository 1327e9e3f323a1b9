import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeatboxError } from '../../../src/error.ts';
import { describeGroup, matchGroup, resolveGroups, wnidsWithin } from '../../../src/model/labels/groups.ts';
import { buildLabelTree, lineOf } from '../../../src/model/labels/label-tree.ts';
import { plainNames } from '../../../src/model/labels/plain-names.ts';
import { readWordnet } from '../../../src/model/labels/wordnet.ts';
import type { Label } from '../../../src/types.ts';

const labels: Label[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../models/resnet50-imagenet/labels.json'), 'utf8'),
);
const wordnet = await readWordnet();
const model = { tree: buildLabelTree(labels, wordnet) };
const say = (query: string) => describeGroup(model, matchGroup(model, query));
const size = (query: string) => matchGroup(model, query).group.classes.length;

describe('a group', () => {
  it('covers all classes below a synset, whatever they are called', () => {
    expect(size('bird')).toBe(59);
    expect(size('dog')).toBe(118);
    expect(say('bird')).toBe('bird: 59 classes, cock (7), hen (8), ostrich (9) and 56 more');
    expect(matchGroup(model, 'parrot').group).toMatchObject({ wnid: 'n01816887', classes: [87, 88, 89, 90] });
  });

  it('is found by name, WordNet id and class index, in any spelling', () => {
    expect(matchGroup(model, 'n01503061').group).toBe(matchGroup(model, 'BIRD').group);
    expect(matchGroup(model, 'sports_equipment').group).toBe(matchGroup(model, 'Sports-Equipment').group);
    expect(matchGroup(model, '89').group.classes).toEqual([89]);
    expect(matchGroup(model, 'Kakatoe galerita').group.classes).toEqual([89]);
  });

  it('of several synsets of a name is the one that covers most classes, and says so', () => {
    expect(size('car')).toBe(10);
    expect(say('car')).toContain("not the other 'car' (n02959942, 2 classes)");
    expect(say('dog')).not.toContain('not the other');
  });

  it('is both where two classes share a name', () => {
    expect(matchGroup(model, 'crane').group).toEqual({ wnid: '', name: 'crane', classes: [134, 517] });
  });

  it('is found by a piece of a class name where no name is whole', () => {
    expect(matchGroup(model, 'galerita').group.classes).toEqual([89]);
  });

  it('unknown is refused with a hint', () => {
    expect(() => matchGroup(model, 'brid')).toThrow(HeatboxError);
    expect(() => matchGroup(model, '1000')).toThrow(/no class has the label '1000'/);
    expect(() => matchGroup(model, ' ')).toThrow(HeatboxError);
  });

  it('asked for twice is there once', () => {
    expect(resolveGroups(model, ['bird', 'Bird', 'n01503061', '89', 'sulphur-crested cockatoo'])).toHaveLength(2);
  });
});

describe('the tree', () => {
  it('has every class once, and in a synset just the classes below it', () => {
    expect(model.tree.leaves.map(({ classes }) => classes)).toEqual(labels.map(({ index }) => [index]));
    const below = new Map<object, Set<number>>();
    for (const leaf of model.tree.leaves) {
      for (const synset of lineOf(leaf)) below.set(synset, (below.get(synset) ?? new Set()).add(leaf.classes[0]!));
    }
    for (const synset of model.tree.synsets) {
      expect(synset.classes).toEqual([...below.get(synset)!].sort((a, b) => a - b));
    }
  });

  it('leaves labels without WordNet ids as they are', () => {
    const own = ['cup', 'plate'].map((name, index) => ({ index, wnid: '', name, names: [name] }));
    const tree = buildLabelTree(own, wordnet);
    expect(tree.synsets).toEqual([]);
    expect(resolveGroups({ tree }, ['plate']).map(({ classes }) => classes)).toEqual([[1]]);
    expect(plainNames(tree).map(({ name }) => name)).toEqual(['cup', 'plate']);
  });

  it('keeps a class that lies over other classes apart from its synset', () => {
    const own = ['n02084071', 'n02085620'].map((wnid, index) => ({ index, wnid, name: wnid, names: [wnid] }));
    const tree = buildLabelTree(own, wordnet);
    expect(tree.leaves[0]!.classes).toEqual([0]);
    expect(matchGroup({ tree }, 'dog').group.classes).toEqual([0, 1]);
  });
});

describe('the names given without asking', () => {
  const names = plainNames(model.tree);

  it('are the classes, and words in use over them', () => {
    const over = names.filter(({ classes }) => classes.length > 1).map(({ name }) => name);
    for (const usual of ['bird', 'parrot', 'dog', 'cat', 'car', 'truck', 'fish', 'boat']) expect(over).toContain(usual);
    for (const odd of ['entity', 'organism', 'animal', 'artifact', 'diapsid']) expect(over).not.toContain(odd);
    expect(names.filter(({ classes }) => classes.length === 1)).toHaveLength(1000);
  });

  it('never cover the same classes twice', () => {
    const keys = names.map(({ classes }) => classes.join());
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('each name a group that can be asked for', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), ({ wnid, classes }) => {
        expect(matchGroup(model, wnid).group.classes).toEqual(classes);
      }),
      { numRuns: 50 },
    );
  });
});

describe('what lies within a name', () => {
  it('is every class and synset of the group it means, itself too', () => {
    const birds = wnidsWithin(model, 'Bird');
    expect(birds).toContain('n01503061');
    expect(birds).toContain('n01816887');
    expect(birds).toContain('n01819313');
    expect(birds).not.toContain('n02084071');
    expect(wnidsWithin(model, 'n01816887')).toContain('n01819313');
  });

  it('is nothing where the name is no whole one', () => {
    for (const name of ['brid', 'bir', '', '89 birds', 'n99999999']) expect(wnidsWithin(model, name)).toEqual([]);
  });
});
