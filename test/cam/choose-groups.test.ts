import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseGroups } from '../../src/cam/choose-groups.ts';
import { classMap } from '../../src/cam/class-map.ts';
import { localiseMaps } from '../../src/cam/localise-maps.ts';
import { softmax } from '../../src/cam/softmax.ts';
import type { ClassMaps, LabelGroup, Namer } from '../../src/types.ts';

const all = (...classes: number[]): LabelGroup => ({ wnid: '', name: classes.join(), classes });

/** The group with the greatest sum. */
const strongest =
  (...groups: LabelGroup[]): Namer =>
  (scores) => {
    const sums = new Map(scores);
    const sum = ({ classes }: LabelGroup) => classes.reduce((total, index) => total + (sums.get(index) ?? 0), 0);
    return groups.reduce((best, one) => (sum(one) > sum(best) ? one : best));
  };

const CLASSES = 5;
const [ROWS, COLS] = [3, 4];

/** What a network with a GAP and a linear layer says of random features, the linear layer before the pooling. */
const networks = fc
  .record({
    features: fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 2 * 12, maxLength: 2 * 12 }),
    weights: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 2 * CLASSES, maxLength: 2 * CLASSES }),
    bias: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: CLASSES, maxLength: CLASSES }),
  })
  .map(({ features, weights, bias }) => {
    const cells = ROWS * COLS;
    const maps = new Float32Array(CLASSES * cells);
    for (let c = 0; c < CLASSES; c++)
      for (let cell = 0; cell < cells; cell++)
        maps[c * cells + cell] = weights[2 * c]! * features[cell]! + weights[2 * c + 1]! * features[cells + cell]!;
    const pooled = [0, 1].map((f) => features.slice(f * cells, (f + 1) * cells).reduce((a, b) => a + b) / cells);
    const logits = Float32Array.from(
      bias,
      (b, c) => b + weights[2 * c]! * pooled[0]! + weights[2 * c + 1]! * pooled[1]!,
    );
    return { bias, maps: { classCount: CLASSES, rows: ROWS, cols: COLS, logits, maps } satisfies ClassMaps };
  });

describe('a group in a frame', () => {
  it('has the summed probability of its classes, and their shares as weights', () => {
    const [one, ...others] = chooseGroups(Float32Array.of(0.1, 0.3, 0.2, 0.4), {
      namer: strongest(all(0, 1, 2), all(3)),
      topK: 1,
    });
    expect(others).toEqual([]);
    expect(one).toMatchObject({ group: { name: '0,1,2' }, classIndex: 1 });
    expect(one!.score).toBeCloseTo(0.6, 6);
    expect(one!.weights.map(({ classIndex }) => classIndex)).toEqual([1, 2, 0]);
    expect(one!.weights.map(({ score }) => Math.round(score * 1e4))).toEqual([5000, 3333, 1667]);
  });

  it('leaves its classes to no other', () => {
    const chosen = chooseGroups(Float32Array.of(0.5, 0.2, 0.2, 0.1), {
      namer: strongest(all(0, 1), all(1, 2), all(3)),
      topK: 9,
    });
    expect(chosen.map(({ group, score }) => [group.name, Math.round(score * 10)])).toEqual([
      ['0,1', 7],
      ['1,2', 2],
      ['3', 1],
    ]);
  });

  it('counts only the allowed classes', () => {
    const [one] = chooseGroups(Float32Array.of(0.5, 0.3, 0.2), {
      namer: strongest(all(0, 1, 2)),
      topK: 1,
      classes: [1, 2],
    });
    expect(one!.score).toBeCloseTo(0.5, 6);
    expect(one!.classIndex).toBe(1);
  });

  it("has a map whose mean is its classes' mean evidence: the map of a weighted sum is the weighted sum of the maps", () => {
    fc.assert(
      fc.property(networks, ({ bias, maps }) => {
        const [one] = chooseGroups(softmax(maps.logits), { namer: strongest(all(0, 1, 2)), topK: 1 });
        const map = classMap(maps, one!.weights);
        const spatialMean = map.data.reduce((a, b) => a + b, 0) / map.data.length;
        const expected = one!.weights.reduce(
          (total, { classIndex, score }) => total + score * (maps.logits[classIndex]! - bias[classIndex]!),
          0,
        );
        expect(spatialMean).toBeCloseTo(expected, 4);
      }),
    );
  });

  it('is localised by that map, cell by cell the sum of the maps', () => {
    fc.assert(
      fc.property(networks, ({ maps }) => {
        const display = { width: 80, height: 60 };
        const grid = { width: 40, height: 30 };
        const found = localiseMaps(maps, {
          display,
          grid,
          topK: 1,
          minScore: 0,
          threshold: 0.4,
          namer: strongest(all(1, 3, 4)),
        });
        const p = softmax(maps.logits);
        const sum = p[1]! + p[3]! + p[4]!;
        for (const { map, score, group, evidence } of found) {
          expect(score).toBeCloseTo(sum, 5);
          expect(group!.name).toBe('1,3,4');
          map.data.forEach((value, cell) => {
            const brute = [1, 3, 4].reduce((total, c) => total + (p[c]! / sum) * maps.maps[c * 12 + cell]!, 0);
            expect(value).toBeCloseTo(brute, 4);
          });
          expect(evidence.reduce((total, { score }) => total + score, 0)).toBeCloseTo(1, 5);
        }
      }),
    );
  });
});
