import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { type OnnxModel, onnxNode, readOnnx, writeOnnx } from '../../../src/model/onnx/index.ts';
import { int64Tensor } from '../../../src/model/onnx/tensor.ts';
import { preprocessings } from '../../../src/model/preprocessing.ts';
import { makeCam } from '../../../src/model/surgery/index.ts';
import { prepare, testPicture } from '../../../src/model/surgery/test-image.ts';
import { evaluationMaterial } from '../../support/shared.ts';
import { withRandomWeights } from '../random-weights.ts';

const folder = evaluationMaterial('data/models');

const withMaps = [
  { name: 'light_squeezenet', stride: 16, cells: 13 },
  { name: 'light_shufflenet', stride: 32, cells: 7 },
  { name: 'light_inception_v1', stride: 32, cells: 6 },
  { name: 'light_inception_v2', stride: 32, cells: 7 },
  { name: 'light_resnet50', stride: 32, cells: 7 },
  { name: 'light_densenet121', stride: 32, cells: 7 },
];

describe.skipIf(folder === undefined)("the ONNX project's graphs of published networks", { timeout: 300_000 }, () => {
  it.each(withMaps)('$name with random weights gives its own logits, at two sizes', async ({ name, stride, cells }) => {
    const model = withRandomWeights(readOnnx(await readFile(join(folder!, `${name}.onnx`))), 1);
    const cam = await makeCam(writeOnnx(model), { preprocessing: preprocessings.imagenet }, openOnnx);
    expect(cam).toMatchObject({ classCount: 1000, stride, multipleOf: stride, fixed: { size: false, batch: false } });
    for (const { relative } of cam.differences) expect(relative).toBeLessThan(1e-4);

    const session = await openOnnx(cam.bytes);
    for (const side of [224, 256]) {
      const pictures = [testPicture({ width: side, height: side }, 11), testPicture({ width: side, height: side }, 12)];
      const expected = await Promise.all(pictures.map((picture) => originalLogits(atSize(model, side), picture)));
      const data = new Uint8Array(Buffer.concat(pictures.map((picture) => picture.data)));
      const { logits, maps } = await session.run({ image: { type: 'uint8', dims: [2, side, side, 3], data } });
      const grown = cells + (side - 224) / stride;
      expect(maps!.dims).toEqual([2, 1000, grown, grown]);
      const both = logits!.data as Float32Array;
      expect(relative(both.subarray(0, 1000), expected[0]!)).toBeLessThan(1e-4);
      expect(relative(both.subarray(1000), expected[1]!)).toBeLessThan(1e-4);
      // Two pictures must differ, or the comparison would say nothing.
      expect(relative(expected[0]!, expected[1]!)).toBeGreaterThan(1e-3);
    }
    await session.close();
  });

  it.each([
    { name: 'light_vgg19', node: 'n38', maps: '512×7×7' },
    { name: 'light_bvlc_alexnet', node: 'n16', maps: '256×6×6' },
  ])('$name is refused for the dense layer that reads all positions', async ({ name, node, maps }) => {
    const bytes = await readFile(join(folder!, `${name}.onnx`));
    await expect(makeCam(bytes, { preprocessing: preprocessings.caffe }, openOnnx)).rejects.toMatchObject({
      code: 'MODEL_NO_CAM',
      value: node,
      message: expect.stringContaining(
        `the dense layer '${node}' (Gemm) has its own weights for every position of the ${maps} maps`,
      ),
    });
  });
});

/**
 * The original made for another size by hand: these graphs say 224 in their input, in the window of the last average
 * pooling (of 7 cells) and, in ShuffleNet, in the rows and columns of its reshapes.
 */
function atSize(model: OnnxModel, side: number): OnnxModel {
  const scaled = (cells: number) => (cells * side) / 224;
  const { graph } = model;
  const reshapes = new Set(graph.node.filter(({ opType }) => opType === 'Reshape').map(({ input }) => input[1]!));
  const initializer = graph.initializer.map((tensor) => {
    if (!reshapes.has(tensor.name!) || tensor.dims[0]! < 4) return tensor;
    const bytes = Buffer.from(tensor.rawData!);
    const sizes = Array.from({ length: tensor.dims[0]! }, (_, i) => Number(bytes.readBigInt64LE(i * 8)));
    return int64Tensor(tensor.name!, tensor.dims, [...sizes.slice(0, -2), ...sizes.slice(-2).map(scaled)]);
  });
  const node = graph.node
    .filter(({ opType }) => opType !== 'Softmax')
    .map((old) => {
      const window = old.attribute.find(({ name }) => name === 'kernel_shape')?.ints;
      if (old.opType !== 'AveragePool' || window?.[0] !== 7) return old;
      const rest = old.attribute.filter(({ name }) => name !== 'kernel_shape');
      const grown = onnxNode(old.opType, old.input, old.output, { kernel_shape: window.map(scaled) });
      return { ...grown, attribute: [...rest, ...grown.attribute] };
    });
  const dim = [1, 3, side, side].map((dimValue) => ({ dimValue }));
  const input = graph.input.map(({ name }) => ({ name, type: { tensorType: { elemType: 1, shape: { dim } } } }));
  const output = [{ name: node.at(-1)!.output[0]!, type: { tensorType: { elemType: 1 } } }];
  return { ...model, graph: { ...graph, node, initializer, input, output } };
}

async function originalLogits(model: OnnxModel, picture: ReturnType<typeof testPicture>): Promise<Float32Array> {
  const name = model.graph.input[0]!.name;
  const declared = {
    name,
    layout: 'NCHW',
    elemType: 1,
    batch: 1,
    height: picture.height,
    width: picture.width,
  } as const;
  const session = await openOnnx(writeOnnx(model));
  const [logits] = Object.values(await session.run({ [name]: prepare([picture], declared, preprocessings.imagenet) }));
  await session.close();
  return logits!.data as Float32Array;
}

/** Largest difference over the largest value. */
function relative(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!))) / Math.max(...expected.map(Math.abs));
}
