import { expect, it } from 'vitest';
import { describeMatches } from '../../src/cli/matched-labels.ts';
import { loadModel } from '../../src/model/index.ts';

const { labels } = await loadModel();

it('says which classes words stand for, and how many where there are many', () => {
  expect(describeMatches(labels, ['cockatoo'])).toBe('cockatoo: sulphur-crested cockatoo (89)');
  expect(describeMatches(labels, ['pot', '89', 'crane'])).toBe(
    'pot (738); 89: sulphur-crested cockatoo (89); crane: crane (134), crane (517)',
  );
  expect(describeMatches(labels, ['terrier'])).toBe(
    'terrier: 24 classes, as Maltese dog (153), toy terrier (158), Staffordshire bullterrier (179)',
  );
});

it('refuses words that stand for none', () => {
  expect(() => describeMatches(labels, ['cocatoo'])).toThrow(/no class has the label 'cocatoo'/);
});
