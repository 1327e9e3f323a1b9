import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classMap } from '../../src/cam/class-map.ts';
import { normalise } from '../../src/cam/normalise.ts';
import { camMap, classMaps } from './maps.ts';

const network = classMaps([
  {
    logit: 0,
    map: [
      [1, 2, 3],
      [4, 5, 6],
    ],
  },
  {
    logit: 0,
    map: [
      [0, -1, 0],
      [2, 0, 8],
    ],
  },
  {
    logit: 0,
    map: [
      [7, 7, 7],
      [7, 7, 7],
    ],
  },
]);

describe('a class map', () => {
  it('of one class is its own, in a buffer of its own', () => {
    const map = classMap(network, [{ classIndex: 1, score: 1 }]);
    expect(map).toEqual(
      camMap([
        [0, -1, 0],
        [2, 0, 8],
      ]),
    );
    expect(map.data.buffer).not.toBe(network.maps!.buffer);
  });

  it('of several classes is linear in their weights', () => {
    const weight = fc.integer({ min: -8, max: 8 });
    fc.assert(
      fc.property(fc.tuple(weight, weight, weight), fc.tuple(weight, weight, weight), weight, (one, other, factor) => {
        const mix = (weights: readonly number[]) =>
          classMap(
            network,
            weights.map((score, classIndex) => ({ classIndex, score })),
          ).data;
        const together = mix(one.map((value, index) => value + factor * other[index]!));
        const apart = mix(one).map((value, cell) => value + factor * mix(other)[cell]!);
        expect([...together].map(Math.abs)).toEqual([...apart].map(Math.abs));
      }),
    );
  });
});

describe('normalising', () => {
  it('puts the weakest cell at 0, the strongest at 1, and the rest in proportion', () => {
    expect(
      normalise(
        camMap([
          [-2, 0],
          [6, 2],
        ]),
      ),
    ).toEqual(
      camMap([
        [0, 0.25],
        [1, 0.5],
      ]),
    );
  });

  it('makes a map that says nothing all 0', () => {
    expect(
      normalise(
        camMap([
          [3, 3],
          [3, 3],
        ]),
      ).data,
    ).toEqual(new Float32Array(4));
    expect(
      normalise(
        camMap([
          [3, Number.NaN],
          [1, 2],
        ]),
      ).data,
    ).toEqual(new Float32Array(4));
    expect(
      normalise(
        camMap([
          [3, Number.POSITIVE_INFINITY],
          [1, 2],
        ]),
      ).data,
    ).toEqual(new Float32Array(4));
  });
});
