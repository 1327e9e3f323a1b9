import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWeights, weightsManifestSchema } from '../../../src/model/convert/read-weights.ts';
import { float16Bits } from '../../../src/model/onnx/float16.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heatbox-weights-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the weights of a TensorFlow.js model', () => {
  it('are read whatever they are stored as, one after the other', async () => {
    const bytes = Buffer.concat([
      Buffer.from([0, 128, 255]),
      Buffer.from(Uint16Array.of(0, 65535).buffer),
      Buffer.from(Uint16Array.from([0.5, -3], float16Bits).buffer),
      Buffer.from(Int32Array.of(-7).buffer),
      Buffer.from(Float32Array.of(1.5).buffer),
    ]);
    // Three files that part in the middle of numbers.
    await files([bytes.subarray(0, 4), bytes.subarray(4, 10), bytes.subarray(10)]);
    const weights = await readWeights(
      weightsManifestSchema.parse([
        {
          paths: ['0.bin', '1.bin', '2.bin'],
          weights: [
            { name: 'bytes', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.01, min: -1 } },
            { name: 'words', shape: [2, 1], dtype: 'float32', quantization: { dtype: 'uint16', scale: 0.5, min: 3 } },
            {
              name: 'halves',
              shape: [1, 2],
              dtype: 'float32',
              quantization: { dtype: 'float16', original_dtype: 'float32' },
            },
            { name: 'whole', shape: [], dtype: 'int32' },
            { name: 'plain', shape: [1], dtype: 'float32' },
          ],
        },
      ]),
      folder,
    );
    const read = Object.fromEntries([...weights].map(([name, { shape, data }]) => [name, { shape, data: [...data] }]));
    expect(read).toEqual({
      bytes: { shape: [3], data: [-1, 0.28, 1.55].map(Math.fround) },
      words: { shape: [2, 1], data: [3, 32770.5] },
      halves: { shape: [1, 2], data: [0.5, -3] },
      whole: { shape: [], data: [-7] },
      plain: { shape: [1], data: [1.5] },
    });
  });

  it('are within half a step of what was quantised', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 50 }),
        fc.constantFrom('uint8' as const, 'uint16' as const),
        async (values, dtype) => {
          // As the converter of TensorFlow.js does it: the range over the levels.
          const levels = dtype === 'uint8' ? 255 : 65535;
          const min = Math.min(...values);
          const scale = (Math.max(...values) - min) / levels || 1;
          const stored = values.map((value) => Math.round((value - min) / scale));
          await files([dtype === 'uint8' ? Uint8Array.from(stored) : Buffer.from(Uint16Array.from(stored).buffer)]);
          const spec = { name: 'w', shape: [values.length], dtype: 'float32', quantization: { dtype, scale, min } };
          const { data } = (await readWeights([{ paths: ['0.bin'], weights: [spec] }], folder)).get('w')!;
          const worst = Math.max(...values.map((value, i) => Math.abs(value - data[i]!)));
          expect(worst).toBeLessThanOrEqual(scale / 2 + 1e-5);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('can be read in part', async () => {
    await files([Buffer.from(Float32Array.of(1, 2, 3).buffer)]);
    const weights = ['a', 'b', 'c'].map((name) => ({ name, shape: [1], dtype: 'float32' }));
    const read = await readWeights([{ paths: ['0.bin'], weights }], folder, (name) => name === 'c');
    expect([...read]).toEqual([['c', { shape: [1], data: Float32Array.of(3) }]]);
  });

  it.each([
    ['end early', [{ name: 'w', shape: [2], dtype: 'float32' }], ['0.bin'], 'MODEL_DAMAGED', /end before w/],
    ['are missing', [{ name: 'w', shape: [1], dtype: 'float32' }], ['1.bin'], 'MODEL_DAMAGED', /1\.bin/],
    ['are text', [{ name: 'w', shape: [1], dtype: 'string' }], ['0.bin'], 'MODEL_UNSUPPORTED', /string/],
  ])('are refused when they %s', async (_, weights, paths, code, message) => {
    await files([Buffer.from(Float32Array.of(1).buffer)]);
    const failure = expect.objectContaining({ code, message: expect.stringMatching(message) });
    await expect(readWeights([{ paths, weights }], folder)).rejects.toEqual(failure);
  });

  it('never lie outside of the folder', () => {
    for (const path of ['../secret', '/etc/passwd', 'sub/weights.bin'])
      expect(weightsManifestSchema.safeParse([{ paths: [path], weights: [] }]).success).toBe(false);
  });
});

async function files(contents: readonly Uint8Array[]): Promise<void> {
  for (const [i, bytes] of contents.entries()) await writeFile(join(folder, `${i}.bin`), bytes);
}
