import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { loadModel, type Model } from '../../../src/model/index.ts';
import { type OnnxModel, readOnnx, writeOnnx } from '../../../src/model/onnx/index.ts';
import { refinable } from '../../../src/model/variants/index.ts';

let model: Model;
let decoder: OnnxModel;
beforeAll(async () => {
  model = await loadModel();
  decoder = readOnnx(await readFile(model.outlinePath!));
});

describe('the decoder of outlines of the committed model', () => {
  it.each([
    ['in float32', (own: Model) => own.networkPath],
    ['in 8 bits', (own: Model) => own.int8Path!],
  ])('sees the squirrel %s, with the last stage dilated as without', async (_, pathOf) => {
    const network = readOnnx(await readFile(pathOf(model)));
    for (const dilate of [false, true]) {
      const { outline, model: variant } = refinable(network, 'maps', dilate, decoder)!;
      const { data, dims } = await run(variant, outline!);
      expect(dims).toEqual([1, 1, 56, 56]);
      const at = (row: number, col: number) => data[row * 56 + col]!;
      expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...data)).toBeLessThanOrEqual(1);
      // In the middle of the animal, and in the corners.
      expect(at(28, 28)).toBeGreaterThan(0.8);
      for (const corner of [at(0, 0), at(0, 55)]) expect(corner).toBeLessThan(0.2);
    }
  });

  it('is left out of a network without the activations that it takes', async () => {
    const [first, ...others] = decoder.graph.input;
    const input = [{ ...first!, name: 'elsewhere' }, ...others];
    const other = { ...decoder, graph: { ...decoder.graph, input } };
    expect(refinable(readOnnx(await readFile(model.networkPath)), 'maps', false, other)!.outline).toBeUndefined();
  });
});

async function run(variant: OnnxModel, output: string) {
  const data = new Uint8Array(await readFile(join(import.meta.dirname, '../../fixtures/parity/squirrel.224x224.rgb')));
  const session = await openOnnx(writeOnnx(variant));
  const outputs = await session.run({ image: { type: 'uint8', data, dims: [1, 224, 224, 3] } });
  const { data: values, dims } = outputs[output]!;
  return { data: values as Float32Array, dims };
}
