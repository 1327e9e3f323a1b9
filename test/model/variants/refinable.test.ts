import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../../src/model/index.ts';
import {
  dataType,
  float32Tensor,
  type OnnxModel,
  type OnnxNode,
  onnxNode,
  readOnnx,
  writeOnnx,
} from '../../../src/model/onnx/index.ts';
import { refinable } from '../../../src/model/variants/index.ts';
import { openOnnx } from '../open-onnx.ts';
import { seeded } from '../random-weights.ts';

describe('the variant of the committed model', () => {
  it('computes the same numbers, and the affinities of its stages', async () => {
    const { onnxPath } = await loadModel();
    const original = await readFile(onnxPath);
    const variant = refinable(readOnnx(original), 'maps', true)!;
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
    // The seeds have the grid of the stage before the last, where the last one is run backwards.
    expect(variant.affinities.map(({ affinity }) => seen[affinity]!.dims)).toEqual([
      [1, 14 * 14, 28 * 28],
      [1, 14 * 14, 14 * 14],
    ]);
    const [, channels, rows, cols] = seen.activation_48!.dims as [number, number, number, number];
    expect([channels, rows, cols]).toEqual([2048, 7, 7]);
  });
});

describe('the last stage run backwards', () => {
  it('gives activations times the gradient of the logit, as finite differences tell it', async () => {
    const { model, from } = residualNetwork({ side: 3, stride: 2 });
    const { gradient, weights } = refinable(model, 'maps', true)!;
    const image = randomFeed();
    const seen = await run(writeOnnx(refinable(model, 'maps', true)!.model), { image });
    const classIndex = 1;
    const row = weights!.data.slice(classIndex * weights!.channels, (classIndex + 1) * weights!.channels);
    const activations = Object.fromEntries(gradient!.activations.map((name) => [name, seen[name]!]));
    const backwards = await run(writeOnnx(gradient!.model), {
      ...activations,
      weights: { type: 'float32', data: row, dims: [1, row.length, 1, 1] },
    });

    // The network from the stage on, fed with the stage's activations, one of them moved a little at a time.
    const tail = await openOnnx(writeOnnx(tailOf(model, from)));
    const { data, dims } = seen[from]! as unknown as { data: Float32Array; dims: number[] };
    const [, channels = 0, rows = 0, cols = 0] = dims;
    const cells = (seen.maps!.dims[2]! * seen.maps!.dims[3]!) as number;
    const logit = async (features: Float32Array) => {
      const { maps } = await tail.run({ [from]: { type: 'float32', data: features, dims } });
      return (maps!.data as Float32Array)
        .slice(classIndex * cells, (classIndex + 1) * cells)
        .reduce((sum, value) => sum + value, 0);
    };
    const expected = new Float32Array(rows * cols);
    const step = 1e-2;
    for (let place = 0; place < data.length; place++) {
      const moved = async (by: number) => logit(data.map((value, index) => (index === place ? value + by : value)));
      const slope = ((await moved(step)) - (await moved(-step))) / (2 * step);
      expected[place % (rows * cols)]! += Math.max(0, slope * data[place]!);
    }
    await tail.close();
    expect(channels).toBe(3);
    expect(backwards.map!.dims).toEqual([1, rows, cols]);
    expect(Math.max(...expected)).toBeGreaterThan(0.1);
    for (const [cell, value] of expected.entries()) {
      expect(Math.abs((backwards.map!.data as Float32Array)[cell]! - value)).toBeLessThan(0.02);
    }
  });

  it('fills the cells that a 1×1 convolution with a stride does not read', async () => {
    const { model } = residualNetwork({ side: 1, stride: 2 });
    const variant = refinable(model, 'maps', true)!;
    const seen = await run(writeOnnx(variant.model), {
      image: { ...randomFeed(), data: new Float32Array(192).fill(1) },
    });
    const { gradient, weights } = variant;
    const backwards = await run(writeOnnx(gradient!.model), {
      ...Object.fromEntries(gradient!.activations.map((name) => [name, seen[name]!])),
      weights: { type: 'float32', data: weights!.data.map(Math.abs).slice(0, weights!.channels), dims: [1, 3, 1, 1] },
    });
    const map = [...(backwards.map!.data as Float32Array)];
    expect(map.every((value) => value > 0)).toBe(true);
  });

  it('is left out where something else lies between the stages', () => {
    const { model } = residualNetwork({ side: 3, stride: 2, end: 'Sigmoid' });
    const variant = refinable(model, 'maps', true)!;
    expect(variant.gradient).toBeUndefined();
    expect(variant.stages.last).toBe('last');
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
  expect(refinable(model, 'maps', true)).toBeUndefined();
});

/** Three stages of one convolution each, the last with a skip connection, and a linear layer of two classes. */
function residualNetwork({ side, stride, end = 'Relu' }: { side: number; stride: number; end?: string }) {
  const random = seeded(7);
  const kernel = (name: string, dims: number[]) =>
    float32Tensor(
      name,
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random() - 0.4),
    );
  const pad = (side - 1) / 2;
  const strided = { kernel_shape: [side, side], strides: [stride, stride], pads: [pad, pad, pad, pad] };
  const node: OnnxNode[] = [
    onnxNode('Conv', ['image', 'k1'], ['c1'], { kernel_shape: [1, 1] }),
    onnxNode('Relu', ['c1'], ['early']),
    onnxNode('Conv', ['early', 'k2'], ['c2'], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
    onnxNode('Relu', ['c2'], ['stage']),
    onnxNode('Conv', ['stage', 'k3'], ['c3'], strided),
    onnxNode('Relu', ['c3'], ['r3']),
    onnxNode('Conv', ['r3', 'k4'], ['c4'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    onnxNode('Conv', ['stage', 'k5'], ['c5'], strided),
    onnxNode('Add', ['c4', 'c5'], ['sum']),
    onnxNode(end, ['sum'], ['last']),
    onnxNode('Conv', ['last', 'classes'], ['maps'], { kernel_shape: [1, 1] }),
  ];
  const model: OnnxModel = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      input: [floats('image')],
      output: [floats('maps')],
      initializer: [
        kernel('k1', [3, 3, 1, 1]),
        kernel('k2', [3, 3, 3, 3]),
        kernel('k3', [3, 3, side, side]),
        kernel('k4', [3, 3, 3, 3]),
        kernel('k5', [3, 3, side, side]),
        kernel('classes', [2, 3, 1, 1]),
      ],
      node,
    },
  };
  return { model, from: 'stage' };
}

function tailOf(model: OnnxModel, from: string): OnnxModel {
  const start = model.graph.node.findIndex(({ output }) => output.includes(from)) + 1;
  return { ...model, graph: { ...model.graph, node: model.graph.node.slice(start), input: [floats(from)] } };
}

function randomFeed() {
  const random = seeded(11);
  return { type: 'float32', data: Float32Array.from({ length: 192 }, random), dims: [1, 3, 8, 8] };
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
