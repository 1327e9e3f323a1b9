import { expect, it } from 'vitest';
import { describeMatches } from '../../../src/cli/runs/matched-labels.ts';
import { loadModel } from '../../../src/model/index.ts';

const model = await loadModel();

it('says what words cover', () => {
  expect(describeMatches(model, ['bird'])).toMatch(/^bird: 59 classes, /);
  expect(describeMatches(model, ['sulphur-crested cockatoo'])).toContain('(89)');
});

it('refuses words that stand for none', () => {
  expect(() => describeMatches(model, ['cocatoo'])).toThrow(/cocatoo/);
});
