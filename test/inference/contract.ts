import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/inference/engine.ts';
import type { ClassMaps, ModelInput, Size } from '../../src/types.ts';
import { leftOver, resources } from '../support/built.ts';

/** An engine to hold to the contract, and what is known of its network. */
export interface EngineUnderTest {
  open(): Promise<Engine>;
  /** Where it is to run. */
  readonly provider: string;
  readonly classCount: number;
  /** What both sides of an input must be multiples of. */
  readonly multipleOf: number;
  /** Input pixels a map cell. */
  readonly stride: number;
  /** How far results may differ between batches and runs, as a share of their range; 1e-4 where absent. */
  readonly tolerance?: number;
}

/** What every engine keeps to, whatever runs it and wherever. */
export function engineContract(name: string, under: EngineUnderTest): void {
  const { open, provider, classCount, multipleOf, stride, tolerance = 1e-4 } = under;
  const small = { width: 2 * multipleOf, height: 2 * multipleOf };
  const wide = { width: 3 * multipleOf, height: 2 * multipleOf };

  describe(`${name} keeps the contract of engines`, () => {
    const pictures = [1, 2, 3, 4].map((seed) => noise(seed, small));
    const alone: ClassMaps[] = [];
    let engine: Engine;

    beforeAll(async () => {
      engine = await open();
      for (const picture of pictures) alone.push((await engine.run([picture]))[0]!);
    });
    afterAll(() => engine.close());

    it('says where it runs', () => {
      expect(engine.provider).toBe(provider);
    });

    it.each([small, wide])(
      'gives maps of the input over the stride, and as many logits as classes: %o',
      async (size) => {
        const [maps] = await engine.run([noise(1, size)]);
        expect(maps).toMatchObject({ classCount, rows: size.height / stride, cols: size.width / stride });
        expect(maps!.logits).toHaveLength(classCount);
        expect(maps!.maps).toHaveLength((classCount * size.height * size.width) / stride ** 2);
        expect(maps!.maps!.every(Number.isFinite)).toBe(true);
      },
    );

    it('gives logits that are the means of the maps and a bias', () => {
      const [first, ...others] = alone.map(biasOf);
      for (const other of others) expectClose(other, first!, tolerance, alone[0]!.logits);
    });

    it('tells pictures apart, and knows the same one again', async () => {
      expect(distance(alone[0]!.logits, alone[1]!.logits)).toBeGreaterThan(100 * tolerance * rangeOf(alone[0]!.logits));
      const [again] = await engine.run([pictures[0]!]);
      expectSame(again!, alone[0]!);
    });

    it.each([[[0, 1, 2, 3]], [[3, 0, 0]], [[2, 1]]])('gives a picture the same in any batch: %j', async (batch) => {
      const results = await engine.run(batch.map((picture) => pictures[picture]!));
      expect(results).toHaveLength(batch.length);
      for (const [position, picture] of batch.entries()) expectSame(results[position]!, alone[picture]!);
    });

    it('answers overlapping runs each with its own, in order', async () => {
      const done: number[] = [];
      const results = await Promise.all(
        [2, 0, 3, 1].map(async (picture) => {
          const [maps] = await engine.run([pictures[picture]!]);
          done.push(picture);
          return { picture, maps: maps! };
        }),
      );
      expect(done).toEqual([2, 0, 3, 1]);
      for (const { picture, maps } of results) expectSame(maps, alone[picture]!);
    });

    it('reads shared memory, and leaves the input as it was', async () => {
      const bytes = new Uint8Array(new SharedArrayBuffer(pictures[1]!.data.length));
      bytes.set(pictures[1]!.data);
      const [maps] = await engine.run([{ ...small, data: bytes }]);
      expectSame(maps!, alone[1]!);
      expect(Buffer.from(bytes).equals(Buffer.from(pictures[1]!.data))).toBe(true);
    });

    it('keeps earlier results as they were', async () => {
      const [kept] = await engine.run([pictures[2]!]);
      await engine.run([pictures[3]!]);
      expectSame(kept!, alone[2]!);
    });

    it('has nothing to say to an empty batch', async () => {
      expect(await engine.run([])).toEqual([]);
    });

    it.each([
      ['of a size the network does not take', [noise(1, { width: multipleOf + 1, height: multipleOf })]],
      ['of no size', [{ width: 0, height: 0, data: new Uint8Array(0) }]],
      ['with bytes missing', [{ ...small, data: pictures[0]!.data.subarray(1) }]],
      ['of different sizes in one batch', [noise(1, small), noise(1, wide)]],
    ])('refuses inputs %s, and goes on', async (_what, inputs) => {
      await expect(engine.run(inputs)).rejects.toMatchObject({ code: 'ENGINE_INPUT' });
      const [maps] = await engine.run([pictures[0]!]);
      expectSame(maps!, alone[0]!);
    });

    it('closed during a run finishes it, takes no other, and leaves nothing open', async () => {
      const before = resources();
      const other = await open();
      const runs = [other.run([pictures[0]!]), other.run([pictures[1]!])];
      const closing = other.close();
      const late = other.run([pictures[2]!]);
      await expect(late).rejects.toMatchObject({ code: 'ENGINE_GONE' });
      await closing;
      for (const [position, run] of runs.entries()) expectSame((await run)[0]!, alone[position]!);
      await expect(other.run([pictures[0]!])).rejects.toMatchObject({ code: 'ENGINE_GONE' });
      await other.close();
      expect(await leftOver(before)).toEqual({ threads: 0, descriptors: 0 });
    });
  });

  function expectSame(actual: ClassMaps, expected: ClassMaps): void {
    expectClose(actual.logits, expected.logits, tolerance);
    expectClose(actual.maps!, expected.maps!, tolerance);
  }
}

/** A picture of coarse random blocks, the same for the same seed. */
export function noise(seed: number, { width, height }: Size): ModelInput {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[(y * width + x) * 3 + c] = hash(seed, x >> 3, y >> 3, c) & 0xff;
    }
  }
  return { width, height, data };
}

function hash(...values: number[]): number {
  let state = 0x9e3779b9;
  for (const value of values) state = Math.imul(state ^ value, 0x85ebca6b) ^ (state >>> 13);
  return (state ^ (state >>> 16)) >>> 0;
}

/** What the logits are more than the means of the maps. */
function biasOf({ rows, cols, logits, maps }: ClassMaps): Float32Array {
  const cells = rows * cols;
  return logits.map(
    (logit, c) => logit - maps!.subarray(c * cells, (c + 1) * cells).reduce((sum, v) => sum + v, 0) / cells,
  );
}

function rangeOf(values: Float32Array): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity) - values.reduce((a, b) => Math.min(a, b), Infinity);
}

function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

export function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number, scale = expected): void {
  expect(actual).toHaveLength(expected.length);
  expect(distance(actual, expected)).toBeLessThanOrEqual(tolerance * rangeOf(scale));
}
