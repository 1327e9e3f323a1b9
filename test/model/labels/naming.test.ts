import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNamer } from '../../../src/model/labels/naming.ts';
import type { LabelGroup, Namer } from '../../../src/types.ts';

/** Two branches over six classes: parrots (0, 1) and finches (2, 3) are birds; 4 and 5 are cars. */
const group = (name: string, ...classes: number[]): LabelGroup => ({ wnid: '', name, classes });
const groups = [
  group('macaw', 0),
  group('cockatoo', 1),
  group('goldfinch', 2),
  group('junco', 3),
  group('cab', 4),
  group('jeep', 5),
  group('parrot', 0, 1),
  group('finch', 2, 3),
  group('bird', 0, 1, 2, 3),
  group('car', 4, 5),
];
const namer = createNamer(groups);
const named = (name: string) => groups.find((one) => one.name === name)!;
const nameOf = (probabilities: number[], present?: string, weight = 1) =>
  namer(probabilities.map((p) => p * weight).entries(), weight, present === undefined ? undefined : named(present))
    .name;

describe('a name', () => {
  it('is the class when the network is sure of it', () => {
    expect(nameOf([0.1, 0.8, 0.05, 0, 0.05, 0])).toBe('cockatoo');
  });

  it('is the group that the network wavers in', () => {
    expect(nameOf([0.4, 0.4, 0.1, 0, 0.1, 0])).toBe('parrot');
    expect(nameOf([0.2, 0.25, 0.25, 0.2, 0.1, 0])).toBe('bird');
  });

  it('is the widest group of the likeliest branch when half is nowhere', () => {
    expect(nameOf([0.1, 0.1, 0.1, 0.1, 0.3, 0])).toBe('bird');
  });

  it('is always sufficient, and nothing within it is', () => {
    const probabilities = fc
      .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 })
      .map((values) => values.map((value) => value / values.reduce((a, b) => a + b)));
    fc.assert(
      fc.property(probabilities, (p) => {
        const sum = ({ classes }: LabelGroup) => classes.reduce((total, index) => total + p[index]!, 0);
        const chosen = named(nameOf(p));
        const within = groups.filter(
          (one) => one.classes.length < chosen.classes.length && one.classes.every((c) => chosen.classes.includes(c)),
        );
        const widest = ['bird', 'car'].map(named).filter((one) => one.classes.length > 0);
        expect(sum(chosen) >= 0.5 || widest.includes(chosen)).toBe(true);
        for (const smaller of within) expect(sum(smaller)).toBeLessThan(0.5);
      }),
    );
  });

  it('of single classes is the most probable one', () => {
    const plain = createNamer(groups.slice(0, 6));
    expect(plain([0.1, 0.12, 0.3, 0.2, 0.1, 0.1].entries(), 1).name).toBe('goldfinch');
  });
});

describe('a present name', () => {
  it('becomes more precise when that is clearly sure, not before', () => {
    expect(nameOf([0.3, 0.55, 0.15, 0, 0, 0], 'parrot')).toBe('parrot');
    expect(nameOf([0.3, 0.65, 0.05, 0, 0, 0], 'parrot')).toBe('cockatoo');
  });

  it('stays precise when the network wavers later', () => {
    expect(nameOf([0.3, 0.2, 0.1, 0, 0, 0], 'cockatoo')).toBe('cockatoo');
  });

  it('gives way within its branch when little of the branch is left to it', () => {
    expect(nameOf([0.05, 0.05, 0.4, 0.4, 0, 0], 'parrot')).toBe('finch');
    expect(nameOf([0.55, 0.1, 0.25, 0, 0, 0], 'cockatoo')).toBe('macaw');
  });

  it('gives way to another branch that leads clearly, by more than a frame can', () => {
    expect(nameOf([0, 0.4, 0, 0, 0.6, 0], 'cockatoo', 1)).toBe('cockatoo');
    expect(nameOf([0, 0.4, 0, 0, 0.6, 0], 'cockatoo', 20)).toBe('cab');
  });

  it('does not come back at once to what it was: no evidence makes two names take turns', () => {
    const probabilities = fc
      .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 })
      .map((values) => values.map((value) => value / values.reduce((a, b) => a + b)));
    fc.assert(
      fc.property(probabilities, fc.constantFrom(...groups), fc.integer({ min: 1, max: 100 }), (p, start, weight) => {
        const step = (present: LabelGroup): LabelGroup =>
          (namer as Namer)(p.map((value) => value * weight).entries(), weight, present);
        const second = step(start);
        const third = step(second);
        expect([second, step(third)]).toContain(third);
        if (second !== start) expect(third).not.toBe(start);
      }),
    );
  });
});
