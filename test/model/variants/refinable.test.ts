import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../../src/model/index.ts';
import {
  dataType,
  float32Tensor,
  type OnnxModel,
  onnxNode,
  readOnnx,
  writeOnnx,
} from '../../../src/model/onnx/index.ts';
import { refinable } from '../../../src/model/variants/index.ts';
import { openOnnx } from '../open-onnx.ts';

describe('the variant of the committed model', () => {
  it('computes the same numbers, and the affinities of its stages', async () => {
    const { onnxPath } = await loadModel();
    const original = await readFile(onnxPath);
    const variant = refinable(readOnnx(original), 'maps')!;
    expect(variant.stages).toEqual({ last: 'activation_48', earlier: ['activation_21', 'activation_39'] });
    expect([variant.weights!.channels, variant.weights!.data.length]).toEqual([2048, 2_048_000]);
    const data = new Uint8Array(
      await readFile(join(import.meta.dirname, '../../fixtures/parity/squirrel.224x224.rgb')),
    );
    const image = { type: 'uint8', data, dims: [1, 224, 224, 3] };
    const [plain, seen] = await Promise.all([run(original, { image }), run(writeOnnx(variant.model), { image })]);
    expect(seen.logits!.data).toEqual(plain.logits!.data);
    expect(seen.maps!.data).toEqual(plain.maps!.data);
    const grids = variant.affinities.map(({ grid }) => [...(seen[grid]!.data as unknown as BigInt64Array)].map(Number));
    expect(grids).toEqual([
      [28, 28],
      [14, 14],
    ]);
    expect(variant.affinities.map(({ affinity }) => seen[affinity]!.dims)).toEqual([
      [1, 7 * 7, 28 * 28],
      [1, 7 * 7, 14 * 14],
    ]);
    const [, channels, rows, cols] = seen.activation_48!.dims as [number, number, number, number];
    expect([channels, rows, cols]).toEqual([2048, 7, 7]);
  });
});

it('nothing can be refined in a network of one stage', () => {
  const model: OnnxModel = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      input: [floats('image')],
      output: [floats('maps')],
      initializer: [float32Tensor('kernel', [2, 3, 1, 1], [1, 0, 0, 0, 1, 0])],
      node: [onnxNode('Conv', ['image', 'kernel'], ['maps'], { kernel_shape: [1, 1] })],
    },
  };
  expect(refinable(model, 'maps')).toBeUndefined();
});

function floats(name: string) {
  const dim = ['N', 'C', 'H', 'W'].map((side) => ({ dimParam: `${name}/${side}` }));
  return { name, type: { tensorType: { elemType: dataType.float32, shape: { dim } } } };
}

async function run(bytes: Uint8Array, feeds: Parameters<Awaited<ReturnType<typeof openOnnx>>['run']>[0]) {
  const session = await openOnnx(bytes);
  try {
    return await session.run(feeds);
  } finally {
    await session.close();
  }
}
