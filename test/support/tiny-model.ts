import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  dataType,
  float32Tensor,
  int64Tensor,
  type OnnxModel,
  onnxNode,
  writeOnnx,
} from '../../src/model/onnx/index.ts';

/** The tiny network's classes: a colour each, and grey for nothing. */
export const COLOURS = ['red', 'green', 'blue', 'grey'] as const;

/** How strongly a class answers to red, green and blue (0 to 255), and what it starts from. */
const WEIGHTS = [
  [1, -0.5, -0.5],
  [-0.5, 1, -0.5],
  [-0.5, -0.5, 1],
  [0, 0, 0],
];
const BIAS = [0, 0, 0, 1];

/**
 * Writes a model folder with a network so small that its cost is nothing, yet a real one with a CAM head: the mean colour
 * of each 8×8 block, through a 1×1 convolution. A red square on grey is found where it is.
 *
 * @returns the folder, for `--model` and `loadModel`.
 */
export function writeTinyModel(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const model = Buffer.from(writeOnnx(network()));
  const labels = Buffer.from(
    JSON.stringify(COLOURS.map((name, index) => ({ index, wnid: `c${index}`, name, names: [name] }))),
  );
  const file = (path: string, bytes: Buffer) => {
    writeFileSync(join(folder, path), bytes);
    return { path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  };
  const manifest = {
    schemaVersion: 1,
    name: 'tiny-colours',
    description: 'A colour classifier for tests',
    source: {
      package: 'none',
      version: '0',
      integrity: `sha512-${'A'.repeat(86)}==`,
      path: '',
      conversion: 'made by hand',
    },
    licence: { spdx: 'MIT', file: 'LICENSE', note: 'made for tests' },
    files: { model: file('model.onnx', model), labels: file('labels.json', labels) },
    input: {
      name: 'image',
      layout: 'NHWC',
      type: 'uint8',
      channels: 'RGB',
      multipleOf: 8,
      defaultArea: 96 * 96,
      preprocessing: 'none',
    },
    outputs: { maps: 'maps', logits: 'logits' },
    stride: 8,
    classCount: COLOURS.length,
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

function network(): OnnxModel {
  const free = (name: string) => ({ dimParam: name });
  const value = (name: string, elemType: number, dim: object[]) => ({
    name,
    type: { tensorType: { elemType, shape: { dim } } },
  });
  return {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'tiny',
      node: [
        onnxNode('Cast', ['image'], ['float'], { to: dataType.float32 }),
        onnxNode('Transpose', ['float'], ['nchw'], { perm: [0, 3, 1, 2] }),
        onnxNode('AveragePool', ['nchw'], ['blocks'], { kernel_shape: [8, 8], strides: [8, 8] }),
        onnxNode('Conv', ['blocks', 'weights'], ['maps'], { kernel_shape: [1, 1] }),
        onnxNode('GlobalAveragePool', ['maps'], ['pooled']),
        onnxNode('Reshape', ['pooled', 'shape'], ['means']),
        onnxNode('Add', ['means', 'bias'], ['logits']),
      ],
      initializer: [
        float32Tensor(
          'weights',
          [COLOURS.length, 3, 1, 1],
          WEIGHTS.flat().map((weight) => weight / 4),
        ),
        float32Tensor('bias', [COLOURS.length], BIAS),
        int64Tensor('shape', [2], [0, COLOURS.length]),
      ],
      input: [value('image', dataType.uint8, [free('N'), free('H'), free('W'), { dimValue: 3 }])],
      output: [
        value('maps', dataType.float32, [free('N'), { dimValue: COLOURS.length }, free('h'), free('w')]),
        value('logits', dataType.float32, [free('N'), { dimValue: COLOURS.length }]),
      ],
    },
  };
}
