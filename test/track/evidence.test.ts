import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addEvidence, agreement, type Evidence, scoreOf } from '../../src/track/evidence.ts';
import type { ClassScore, LabelGroup, Namer } from '../../src/types.ts';

const bird: ClassScore[] = [
  { classIndex: 89, score: 0.8 },
  { classIndex: 88, score: 0.1 },
];
const parrot: ClassScore[] = [
  { classIndex: 88, score: 0.7 },
  { classIndex: 89, score: 0.2 },
];

function after(frames: readonly (readonly ClassScore[])[], seconds = 0.04): Evidence {
  return frames.reduce<Evidence | undefined>((known, scores) => addEvidence(known, scores, seconds), undefined)!;
}

describe('the evidence of a track', () => {
  it('names it as its only frame does', () => {
    expect(after([bird]).classIndex).toBe(89);
    expect(scoreOf(after([bird]))).toBe(0.8);
  });

  it('is the mean over frames close in time', () => {
    expect(scoreOf(after([bird, bird, bird, parrot], 0))).toBeCloseTo((3 * 0.8 + 0.2) / 4, 12);
  });

  it('does not rename a track for one frame, and does for many', () => {
    expect(after([bird, bird, parrot]).classIndex).toBe(89);
    expect(after([bird, ...Array(200).fill(parrot)]).classIndex).toBe(88);
  });

  it('does not flicker between two classes that take turns', () => {
    const turns = Array.from({ length: 100 }, (_, frame) => (frame % 2 ? bird : parrot));
    let known: Evidence | undefined;
    const names = turns.map((scores) => {
      known = addEvidence(known, scores, 0.04);
      return known.classIndex;
    });
    expect(names.filter((name, frame) => frame > 0 && name !== names[frame - 1]).length).toBeLessThanOrEqual(1);
  });

  it('does not rename a track for a class that is hardly more probable, however long', () => {
    const close = [
      { classIndex: 89, score: 0.4 },
      { classIndex: 88, score: 0.44 },
    ];
    expect(after(Array(500).fill(close)).classIndex).toBe(89);
  });

  it('fades: what was seen long ago weighs less than what is seen now', () => {
    const changed = addEvidence(addEvidence(after(Array(50).fill(bird)), parrot, 60), parrot, 0.04);
    expect(changed.classIndex).toBe(88);
    expect(scoreOf(changed)).toBeCloseTo(0.7, 3);
  });

  it('stays a probability', () => {
    const scores = fc.array(fc.record({ classIndex: fc.nat(5), score: fc.double({ min: 0, max: 1, noNaN: true }) }), {
      minLength: 1,
      maxLength: 4,
    });
    const once = scores.map((all) =>
      all.filter((one, at) => all.findIndex((x) => x.classIndex === one.classIndex) === at),
    );
    fc.assert(
      fc.property(
        fc.array(once, { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 9, noNaN: true }),
        (all, s) => {
          const score = scoreOf(after(all, s));
          expect(score >= 0 && score <= 1).toBe(true);
        },
      ),
    );
  });

  it('passes over probabilities that are none', () => {
    const broken = [
      { classIndex: 89, score: 0.8 },
      { classIndex: 88, score: Number.NaN },
    ];
    expect(scoreOf(after([broken, broken]))).toBeCloseTo(0.8, 12);
    expect(after([broken, broken]).sums.has(88)).toBe(false);
  });

  it('is named by the group that a namer chooses, scored by the sum of its classes', () => {
    const both: LabelGroup = { wnid: '', name: 'parrot', classes: [88, 89] };
    const told: (LabelGroup | undefined)[] = [];
    const namer: Namer = (_sums, _weight, present) => {
      told.push(present);
      return both;
    };
    const first = addEvidence(undefined, parrot, 0, namer);
    const second = addEvidence(first, bird, 0, namer);
    expect(told).toEqual([undefined, both]);
    expect(second.group).toBe(both);
    expect(second.classIndex).toBe(89);
    expect(scoreOf(second)).toBeCloseTo(0.9, 12);
  });

  it('agrees fully with the same classes, partly with related ones, not at all with others', () => {
    const known = after([bird, bird]);
    expect(agreement(known, bird)).toBeCloseTo(1, 12);
    expect(agreement(known, parrot)).toBeGreaterThan(0.1);
    expect(agreement(known, parrot)).toBeLessThan(0.9);
    expect(agreement(known, [{ classIndex: 1, score: 0.9 }])).toBe(0);
  });
});
