import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataType, float32Tensor, type OnnxValueInfo, onnxNode, writeOnnx } from '../../../src/model/onnx/index.ts';

/** The classes of the tiny network: what colour a cell has most of. */
export const COLOURS = ['red', 'green', 'blue', 'grey'];

/** Red, green and blue on 0 to 255 to the classes' maps; the last is high where it is dark. */
const KERNEL = [0.5, -0.2, -0.2, -0.2, 0.5, -0.2, -0.2, -0.2, 0.5, -0.2, -0.2, -0.2];
const BIAS = [0, 0, 0, 2];

/**
 * Writes a model folder of a real network that is quick to load and to run: cells of 32×32 pixels averaged, then one 1×1
 * convolution to four classes. For what does not depend on what the network knows.
 *
 * @returns the folder.
 */
export function writeTinyModel(dir: string): string {
  mkdirSync(dir, { recursive: true });
  const model = Buffer.from(tinyNetwork());
  const labels = Buffer.from(
    JSON.stringify(COLOURS.map((name, index) => ({ index, wnid: `n0000000${index}`, name, names: [name] }))),
  );
  const file = (path: string, bytes: Buffer) => {
    writeFileSync(join(dir, path), bytes);
    return { path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  };
  const manifest = {
    schemaVersion: 1,
    name: 'tiny',
    description: 'Mean colours to four classes',
    source: { package: 'none', version: '0', integrity: `sha512-${'A'.repeat(86)}==`, path: '-', conversion: 'none' },
    licence: { spdx: 'MIT', file: 'LICENSE', note: '' },
    files: { model: file('model.onnx', model), labels: file('labels.json', labels) },
    input: {
      name: 'image',
      layout: 'NHWC',
      type: 'uint8',
      channels: 'RGB',
      multipleOf: 32,
      defaultArea: 64 * 64,
      preprocessing: 'none',
    },
    outputs: { maps: 'maps', logits: 'logits' },
    stride: 32,
    classCount: COLOURS.length,
  };
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest, null, 2));
  return dir;
}

function tinyNetwork(): Uint8Array {
  const classes = COLOURS.length;
  return writeOnnx({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'tiny',
      input: [value('image', dataType.uint8, ['N', 'H', 'W', 3])],
      output: [
        value('maps', dataType.float32, ['N', classes, 'h', 'w']),
        value('logits', dataType.float32, ['N', classes]),
      ],
      initializer: [float32Tensor('kernel', [classes, 3, 1, 1], KERNEL), float32Tensor('bias', [classes], BIAS)],
      node: [
        onnxNode('Cast', ['image'], ['float'], { to: dataType.float32 }),
        onnxNode('Transpose', ['float'], ['planes'], { perm: [0, 3, 1, 2] }),
        onnxNode('AveragePool', ['planes'], ['cells'], { kernel_shape: [32, 32], strides: [32, 32] }),
        onnxNode('Conv', ['cells', 'kernel'], ['maps'], { kernel_shape: [1, 1] }),
        onnxNode('GlobalAveragePool', ['maps'], ['mean']),
        onnxNode('Flatten', ['mean'], ['flat'], { axis: 1 }),
        onnxNode('Add', ['flat', 'bias'], ['logits']),
      ],
    },
  });
}

function value(name: string, elemType: number, dims: readonly (number | string)[]): OnnxValueInfo {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
