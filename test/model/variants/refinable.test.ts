import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
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
import { seeded } from '../random-weights.ts';

describe('the variant of the committed model', () => {
  it('computes the same logits, the activations that its maps are made of, and the affinities of its stages', async () => {
    const { networkPath } = await loadModel();
    const original = await readFile(networkPath);
    const variant = refinable(readOnnx(original), 'maps')!;
    expect(variant.stages).toEqual({ last: 'activation_48', earlier: ['activation_21', 'activation_39'] });
    expect([variant.weights!.channels, variant.weights!.data.length]).toEqual([2048, 2_048_000]);
    const data = new Uint8Array(
      await readFile(join(import.meta.dirname, '../../fixtures/parity/squirrel.224x224.rgb')),
    );
    const image = { type: 'uint8', data, dims: [1, 224, 224, 3] };
    const [plain, seen] = await Promise.all([run(original, { image }), run(writeOnnx(variant.model), { image })]);
    const [logits, expected] = [seen.logits!.data, plain.logits!.data] as [Float32Array, Float32Array];
    for (const [place, value] of expected.entries()) expect(logits[place]).toBeCloseTo(value, 3);
    expect(seen.maps).toBeUndefined();
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

describe('the variant with a dilated last stage', () => {
  it('sees at every other cell what the network sees', async () => {
    const model = lastStages();
    const fine = refinable(model, 'maps', true)!;
    const random = seeded(11);
    const image = { type: 'float32', data: Float32Array.from({ length: 3 * 64 * 64 }, random), dims: [1, 3, 64, 64] };
    const [coarse, finer] = await Promise.all([
      run(writeOnnx(model), { image }),
      run(writeOnnx(fine.model), { image }),
    ]);
    expect([coarse.maps!.dims, finer.maps!.dims]).toEqual([
      [1, 2, 4, 4],
      [1, 2, 8, 8],
    ]);
    const [own, all] = [coarse.maps!.data as Float32Array, finer.maps!.data as Float32Array];
    for (const [place, value] of own.entries()) {
      const [classIndex, row, col] = [place >> 4, (place >> 2) & 3, place & 3];
      expect(all[classIndex * 64 + 2 * row * 8 + 2 * col]).toBeCloseTo(value, 4);
    }
    expect(fine.stages).toEqual(refinable(model, 'maps')!.stages);
  });

  it('is the undilated one where something else than convolutions takes the stride', () => {
    const { graph, ...rest } = lastStages();
    const node = graph.node.map((one) =>
      one.output[0] === 'c4' ? onnxNode('MaxPool', ['r3'], ['c4'], { kernel_shape: [2, 2], strides: [2, 2] }) : one,
    );
    const pooled = { ...rest, graph: { ...graph, node } };
    expect(refinable(pooled, 'maps', true)!.model).toEqual(refinable(pooled, 'maps')!.model);
  });
});

describe('the variant of a network whose logits are the means of its maps', () => {
  const image = { type: 'float32', data: Float32Array.from({ length: 3 * 64 * 64 }, seeded(3)), dims: [1, 3, 64, 64] };

  function pooled(attributes = {}, more: OnnxModel['graph']['node'] = []): OnnxModel {
    const { graph, ...rest } = lastStages();
    const head = onnxNode('Conv', ['last', 'classes', 'bias'], ['maps'], { kernel_shape: [1, 1], ...attributes });
    return {
      ...rest,
      graph: {
        ...graph,
        output: [floats('maps'), { name: 'logits' }].map((value) => ({ ...floats('maps'), ...value })),
        initializer: [...graph.initializer, float32Tensor('bias', [2], [0.5, -0.25])],
        node: [...graph.node.slice(0, -1), head, onnxNode('GlobalAveragePool', ['maps'], ['logits']), ...more],
      },
    };
  }

  it('computes them without the maps', async () => {
    const model = pooled();
    const variant = refinable(model, 'maps')!;
    const [plain, seen] = await Promise.all([
      run(writeOnnx(model), { image }),
      run(writeOnnx(variant.model), { image }),
    ]);
    expect([plain.maps === undefined, seen.maps]).toEqual([false, undefined]);
    expect(seen.logits!.dims).toEqual([1, 2, 1, 1]);
    for (const place of [0, 1]) expect(seen.logits!.data[place]).toBeCloseTo(plain.logits!.data[place] as number, 5);
  });

  it.each([
    ['something else reads the maps', pooled({}, [onnxNode('Relu', ['maps'], ['positive'])])],
    ['the layer skips cells', pooled({ strides: [2, 2] })],
    ['the layer has borders', pooled({ pads: [1, 1, 1, 1] })],
  ])('keeps them where %s', async (_what, model) => {
    const variant = refinable(model, 'maps')!;
    const [plain, seen] = await Promise.all([
      run(writeOnnx(model), { image }),
      run(writeOnnx(variant.model), { image }),
    ]);
    expect([...(seen.maps!.data as Float32Array)]).toEqual([...(plain.maps!.data as Float32Array)]);
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

/** Stages at strides 4, 8 and 16; the last has a strided 1×1 convolution, a 3×3 one, and a skip connection. */
function lastStages(): OnnxModel {
  const random = seeded(7);
  const kernel = (name: string, dims: number[]) =>
    float32Tensor(
      name,
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random() - 0.45),
    );
  const by = (stride: number) => ({ kernel_shape: [3, 3], strides: [stride, stride], pads: [1, 1, 1, 1] });
  const half = { kernel_shape: [1, 1], strides: [2, 2] };
  return {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      input: [floats('image')],
      output: [floats('maps')],
      initializer: [
        kernel('k1', [4, 3, 3, 3]),
        kernel('k3', [4, 4, 3, 3]),
        kernel('k4', [4, 4, 1, 1]),
        kernel('k5', [4, 4, 3, 3]),
        kernel('k6', [4, 4, 1, 1]),
        kernel('classes', [2, 4, 1, 1]),
      ],
      node: [
        onnxNode('Conv', ['image', 'k1'], ['c1'], by(4)),
        onnxNode('Relu', ['c1'], ['r1']),
        onnxNode('Conv', ['r1', 'k3'], ['c3'], by(2)),
        onnxNode('Relu', ['c3'], ['r3']),
        onnxNode('Conv', ['r3', 'k4'], ['c4'], half),
        onnxNode('Relu', ['c4'], ['r4']),
        onnxNode('Conv', ['r4', 'k5'], ['c5'], by(1)),
        onnxNode('Conv', ['r3', 'k6'], ['c6'], half),
        onnxNode('Add', ['c5', 'c6'], ['sum']),
        onnxNode('Relu', ['sum'], ['last']),
        onnxNode('Conv', ['last', 'classes'], ['maps'], { kernel_shape: [1, 1] }),
      ],
    },
  };
}

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
