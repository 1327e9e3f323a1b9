import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadModel, matchLabel, resolveLabels, searchLabels } from '../../../src/model/index.ts';
import { editDistance } from '../../../src/text/nearest.ts';

const { labels } = await loadModel();

/** Short names of what a query was taken to mean. */
function meant(query: string): string[] {
  return matchLabel(labels, query).labels.map((label) => label.name);
}

function failure(query: string): { code: string; message: string; hint: string } {
  try {
    matchLabel(labels, query);
  } catch (error) {
    return error as { code: string; message: string; hint: string };
  }
  throw new Error(`'${query}' was understood`);
}

describe('the labels that ship', () => {
  it('are 1000 classes in WordNet order, each with all of its names', () => {
    expect(labels).toHaveLength(1000);
    const wnids = labels.map((label) => label.wnid);
    expect(wnids).toEqual([...new Set(wnids)].sort());
    expect(labels[89]).toEqual({
      index: 89,
      wnid: 'n01819313',
      name: 'sulphur-crested cockatoo',
      names: ['sulphur-crested cockatoo', 'Kakatoe galerita', 'Cacatua galerita'],
    });
  });

  it('can each be addressed alone, by index and by WordNet id', () => {
    for (const label of labels) {
      expect(resolveLabels(labels, [String(label.index)])).toEqual([label.index]);
      expect(resolveLabels(labels, [label.wnid])).toEqual([label.index]);
    }
  });

  it('are found by each of their names', () => {
    for (const label of labels)
      for (const name of label.names) expect(resolveLabels(labels, [name])).toContain(label.index);
  });
});

describe('a label a user writes', () => {
  it.each([
    ['89', 'sulphur-crested cockatoo'],
    ['N01819313', 'sulphur-crested cockatoo'],
    ['cockatoo', 'sulphur-crested cockatoo'],
    ['Sulphur_Crested  Cockatoo', 'sulphur-crested cockatoo'],
    ['kakatoe galerita', 'sulphur-crested cockatoo'],
    ['zebr', 'zebra'],
    ['bicycle', 'bicycle-built-for-two'],
  ])('%s means the one class %s', (query, name) => {
    expect(meant(query)).toEqual([name]);
  });

  it('means every class that is a kind of it', () => {
    const terriers = meant('terrier');
    expect(terriers).toHaveLength(24);
    expect(terriers).toContain('Yorkshire terrier');
    expect(meant('shark')).toEqual(['great white shark', 'tiger shark', 'hammerhead']);
    expect(meant('car')).toContain('sports car');
    expect(meant('car')).not.toContain('car mirror');
  });

  it('means the class of exactly that name alone, though others have the word', () => {
    expect(meant('tabby')).toEqual(['tabby']);
    expect(meant('hen')).toEqual(['hen']);
  });

  it('means both classes where two have the same name', () => {
    expect(resolveLabels(labels, ['crane'])).toEqual([134, 517]);
    expect(resolveLabels(labels, ['maillot'])).toEqual([638, 639]);
    expect(resolveLabels(labels, ['n03126707'])).toEqual([517]);
  });

  it('may be several, each class counted once, in the order of the network', () => {
    expect(resolveLabels(labels, ['zebra', '89', 'cockatoo'])).toEqual([89, 340]);
    expect(resolveLabels(labels, [])).toEqual([]);
  });
});

describe('a label nobody knows', () => {
  it.each([
    ['cokatoo', 'cockatoo'],
    ['elefant', 'elephant'],
    ['german shepard', 'german shepherd'],
    ['soccerball', 'soccer ball'],
    ['cockatoos', 'cockatoo'],
  ])('%s is answered with %s', (query, suggestion) => {
    expect(failure(query)).toMatchObject({ code: 'LABEL_UNKNOWN', kind: 'usage', value: query });
    expect(failure(query).message).toContain(`'${query}'`);
    expect(failure(query).hint).toContain(`'${suggestion}'`);
  });

  it('is answered with the way to all of them when nothing is near', () => {
    expect(failure('xyzzyqq').hint).toContain('heatbox labels');
  });

  it.each(['1000', '-1', '99999999999999999999'])('%s is answered with the range of indices', (query) => {
    expect(failure(query)).toMatchObject({ code: 'LABEL_UNKNOWN', hint: 'Class indices go from 0 to 999.' });
  });

  it.each(['', '  ', '_'])('"%s" is refused', (query) => {
    expect(failure(query).code).toBe('LABEL_UNKNOWN');
  });

  it('is answered with the names it is a piece of', () => {
    const { code, message } = failure('sunglas');
    expect(code).toBe('LABEL_AMBIGUOUS');
    expect(message).toContain('sunglass (836), sunglasses (837)');
    expect(failure('rat').message).toMatch(/Carassius auratus \(1\).* and \d+ more/);
  });
});

describe('searching', () => {
  it('puts whole names first, then words, then pieces', () => {
    expect(searchLabels(labels, 'cock').map((label) => label.name)).toEqual([
      'cock',
      'peacock',
      'sulphur-crested cockatoo',
      'cocker spaniel',
      'cockroach',
      'cocktail shaker',
    ]);
  });

  it('finds by index and WordNet id, nothing for nonsense, and everything without a query', () => {
    expect(searchLabels(labels, '89').map((label) => label.index)).toEqual([89]);
    expect(searchLabels(labels, '-89')).toEqual([]);
    expect(searchLabels(labels, 'n01819313').map((label) => label.index)).toEqual([89]);
    expect(searchLabels(labels, 'xyzzyqq')).toEqual([]);
    expect(searchLabels(labels)).toEqual(labels);
  });
});

describe('the edit distance', () => {
  it('counts letters put in, left out, changed and swapped', () => {
    expect(editDistance('cockatoo', 'cockatoo')).toBe(0);
    expect(editDistance('cockato', 'cockatoo')).toBe(1);
    expect(editDistance('cockatooo', 'cockatoo')).toBe(1);
    expect(editDistance('cackatoo', 'cockatoo')).toBe(1);
    expect(editDistance('cokcatoo', 'cockatoo')).toBe(1);
    expect(editDistance('', 'owl')).toBe(3);
  });

  it('is symmetric and never above the longer word', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});
