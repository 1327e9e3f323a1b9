import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classMap } from '../../../src/cam/class-map.ts';
import { refinedMap } from '../../../src/cam/refined-map.ts';
import type { ClassMaps } from '../../../src/types.ts';
import { loadModel, openEngine } from '../../support/built.ts';

const folder = join(import.meta.dirname, '../../fixtures/parity');
const pictures = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
  image: string;
  width: number;
  height: number;
  top5: { classIndex: number; logit: number }[];
}[];

/** Root mean square of the differences, as a share of the exact values' range. */
function difference(rounded: Float32Array, exact: Float32Array): number {
  const squares = exact.reduce((sum, value, i) => sum + (value - rounded[i]!) ** 2, 0);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of exact) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return Math.sqrt(squares / exact.length) / (high - low);
}

describe('the network that ships, in 8 bits', () => {
  it('gives the same from a second worker, which is opened when the first is at work', async () => {
    const { image, width, height } = pictures[0]!;
    const batch = [{ width, height, data: readFileSync(join(folder, image)) }];
    const atWork = new Set<number>();
    const engine = await openEngine(await loadModel(), {
      providers: ['cpu'],
      precision: 'int8',
      threads: 2,
      favour: 'throughput',
      onWork: ({ worker, stage }) => stage === 'network' && atWork.add(worker),
    });
    try {
      const results: ClassMaps[] = [];
      for (let round = 0; round < 200 && atWork.size < 2; round++) {
        results.push(...(await Promise.all([1, 2, 3].map(() => engine.run(batch)))).flat());
      }
      expect(atWork).toEqual(new Set([0, 1]));
      const [first] = results;
      for (const { logits, features } of results.slice(-6)) {
        expect(logits).toEqual(first!.logits);
        expect(features!.last).toEqual(first!.features!.last);
        expect(features!.weights).toBe(first!.features!.weights);
      }
    } finally {
      await engine.close();
    }
  });

  it.each(['plain', 'balanced'] as const)(
    'knows the pictures of the reference, plain and dilated: maps, logits and likeness within 3 % of their range',
    async (accuracy) => {
      const model = await loadModel();
      const results: Record<'int8' | 'fp32', ClassMaps[]> = { int8: [], fp32: [] };
      for (const precision of ['int8', 'fp32'] as const) {
        const engine = await openEngine(model, { providers: ['cpu'], precision, threads: 2, accuracy });
        expect(engine).toMatchObject({ precision, provider: 'cpu' });
        for (const { image, width, height } of pictures) {
          results[precision].push(...(await engine.run([{ width, height, data: readFileSync(join(folder, image)) }])));
        }
        await engine.close();
      }
      for (const [position, { top5, image }] of pictures.entries()) {
        const [rounded, exact] = [results.int8[position]!, results.fp32[position]!];
        const { classIndex } = top5[0]!;
        const [first, second] = top5.map(({ logit }) => logit) as [number, number];
        // The footballer's ball is a football or a rugby ball, by a hair.
        if (first - second > 1) expect(rounded.logits.indexOf(Math.max(...rounded.logits)), image).toBe(classIndex);
        const one = [{ classIndex, score: 1 }];
        const mapOf = (all: ClassMaps) => (all.maps ? classMap(all, one).data : refinedMap(all, one).data);
        expect(difference(rounded.logits, exact.logits), image).toBeLessThan(0.03);
        expect(difference(mapOf(rounded), mapOf(exact)), image).toBeLessThan(0.03);
        expect(rounded.features?.affinities.length).toBe(exact.features?.affinities.length);
        for (const [stage, { data }] of (rounded.features?.affinities ?? []).entries()) {
          expect(difference(data, exact.features!.affinities[stage]!.data), image).toBeLessThan(0.03);
        }
      }
    },
    60_000,
  );
});
