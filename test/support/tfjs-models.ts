import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { seeded } from '../model/random-weights.ts';

/** What the networks below have in common. */
export const tinyTfjs = { classCount: 4, stride: 4, size: { width: 16, height: 16 } };

/**
 * Writes a folder with a layers model as people fine-tune them: a trunk taken from elsewhere, with batch norms and
 * squeeze-and-excitation, inside of a network in a row. With its manifest and labels.
 */
export async function writeLayersFolder(folder: string): Promise<string> {
  const { width, height } = tinyTfjs.size;
  const pixels = layers.input({ shape: [height, width, 3] });
  const apply = (layer: layers.layers.Layer, from: layers.SymbolicTensor | layers.SymbolicTensor[]) =>
    layer.apply(from) as layers.SymbolicTensor;
  const conv = (filters: number, strides = 2) =>
    layers.layers.conv2d({ filters, kernelSize: 3, strides, padding: 'same', activation: 'relu' });
  const first = apply(layers.layers.batchNormalization({}), apply(conv(6), pixels));
  const squeezed = apply(layers.layers.globalAveragePooling2d({}), first);
  const reduced = apply(layers.layers.reshape({ targetShape: [1, 1, 6] }), squeezed);
  const gate = apply(layers.layers.conv2d({ filters: 6, kernelSize: 1, activation: 'sigmoid' }), reduced);
  const gated = apply(layers.layers.multiply(), [first, gate]);
  const trunk = layers.model({ inputs: pixels, outputs: apply(conv(8), gated) });
  const network = layers.sequential({
    layers: [
      trunk,
      layers.layers.globalAveragePooling2d({}),
      layers.layers.batchNormalization({}),
      layers.layers.dropout({ rate: 0.5 }),
      layers.layers.dense({ units: tinyTfjs.classCount, activation: 'softmax' }),
    ],
  });
  const random = seeded(3);
  const values = (weight: { name: string; shape: layers.Shape }) => {
    const shape = weight.shape as number[];
    const positive = weight.name.includes('variance');
    const count = shape.reduce((a, b) => a * b, 1);
    return tf.tensor(
      Float32Array.from({ length: count }, () => (positive ? 0.5 + random() : random() - 0.45)),
      shape,
    );
  };
  network.setWeights(network.weights.map(values));
  mkdirSync(folder, { recursive: true });
  await network.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs = [], weightData }) => {
      // As Keras has it in front of a network; TensorFlow.js has no such layer.
      const { config } = modelTopology as { config: { layers: object[] } };
      const flip = { name: 'flip', mode: 'horizontal', batch_input_shape: [null, height, width, 3] };
      config.layers.unshift({ class_name: 'RandomFlip', config: flip });
      const weights = weightSpecs.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
      writeModelJson(
        folder,
        { format: 'layers-model', modelTopology, weights },
        Buffer.from(weightData as ArrayBuffer),
      );
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  network.dispose();
  return writeManifest(folder);
}

/** Writes a folder with a graph model of the same kind as TensorFlow's converter makes. With its manifest and labels. */
export function writeGraphFolder(folder: string, change: (nodes: object[]) => object[] = (nodes) => nodes): string {
  const random = seeded(4);
  const weights: { name: string; shape: number[]; dtype: string }[] = [];
  const parts: Buffer[] = [];
  const constant = (name: string, shape: number[], data?: Int32Array) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const values = data ?? Float32Array.from({ length: count }, () => random() - 0.45);
    weights.push({ name, shape, dtype: data === undefined ? 'float32' : 'int32' });
    parts.push(Buffer.from(values.buffer));
    return { name, op: 'Const', attr: { dtype: { type: data === undefined ? 'DT_FLOAT' : 'DT_INT32' } } };
  };
  const type = { T: { type: 'DT_FLOAT' } };
  const text = (value: string) => Buffer.from(value).toString('base64');
  const conv = (name: string, input: string) => ({
    name,
    op: '_FusedConv2D',
    input: [input, `${name}/w`, `${name}/b`],
    attr: {
      ...type,
      strides: { list: { i: ['1', '2', '2', '1'] } },
      dilations: { list: { i: ['1', '1', '1', '1'] } },
      padding: { s: text('SAME') },
      data_format: { s: text('NHWC') },
      fused_ops: { list: { s: [text('BiasAdd'), text('Relu')] } },
      num_args: { i: '1' },
      epsilon: { f: 0 },
    },
  });
  const { classCount, size } = tinyTfjs;
  const dims = [-1, size.height, size.width, 3].map((side) => ({ size: String(side) }));
  const node = [
    { name: 'image', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: dims } } } },
    constant('a/w', [3, 3, 3, 6]),
    constant('a/b', [6]),
    constant('b/w', [3, 3, 6, 8]),
    constant('b/b', [8]),
    constant('axes', [2], Int32Array.of(1, 2)),
    constant('fc/w', [8, classCount]),
    constant('fc/b', [classCount]),
    conv('a', 'image'),
    conv('b', 'a'),
    { name: 'pool', op: 'Mean', input: ['b', 'axes'], attr: { ...type, keep_dims: { b: false } } },
    {
      name: 'fc',
      op: '_FusedMatMul',
      input: ['pool', 'fc/w', 'fc/b'],
      attr: {
        ...type,
        transpose_a: { b: false },
        transpose_b: { b: false },
        fused_ops: { list: { s: [text('BiasAdd')] } },
        num_args: { i: '1' },
        epsilon: { f: 0 },
      },
    },
    { name: 'classes', op: 'Softmax', input: ['fc'], attr: type },
  ];
  mkdirSync(folder, { recursive: true });
  const modelTopology = { node: change(node), versions: { producer: 1 } };
  const signature = { outputs: { classes: { name: 'classes:0' } } };
  writeModelJson(folder, { format: 'graph-model', modelTopology, signature, weights }, Buffer.concat(parts));
  return writeManifest(folder);
}

interface Network {
  readonly format: string;
  readonly modelTopology: unknown;
  readonly signature?: object;
  readonly weights: readonly object[];
}

function writeModelJson(folder: string, { weights, ...json }: Network, data: Buffer): void {
  const cut = Math.floor(data.length / 3);
  writeFileSync(join(folder, 'group1-shard1of2.bin'), data.subarray(0, cut));
  writeFileSync(join(folder, 'group1-shard2of2.bin'), data.subarray(cut));
  const weightsManifest = [{ paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'], weights }];
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...json, weightsManifest }));
}

function writeManifest(folder: string): string {
  writeFileSync(join(folder, 'labels.txt'), 'oak\nbirch\nelm\nash\n');
  const manifest = {
    schemaVersion: 1,
    form: 'classifier',
    name: 'tiny-tfjs',
    description: '',
    licence: { spdx: 'MIT', note: '' },
    files: { model: { path: 'model.json' }, labels: { path: 'labels.txt' } },
    input: {
      layout: 'NHWC',
      channels: 'BGR',
      range: [0, 1],
      mean: [0.4, 0.5, 0.6],
      std: [0.5, 0.5, 0.5],
      size: tinyTfjs.size,
    },
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}
