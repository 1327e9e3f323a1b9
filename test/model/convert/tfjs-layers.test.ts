/** The converter against TensorFlow.js itself, on networks as people fine-tune them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { type Converted, convertLayersModel } from '../../../src/model/convert/convert-layers-model.ts';
import { readLayersModel } from '../../../src/model/convert/layers-model.ts';
import { writeOnnx } from '../../../src/model/onnx/index.ts';
import { preprocessings } from '../../../src/model/preprocessing.ts';

const size = 16;
type Symbolic = layers.SymbolicTensor;
const apply = (layer: layers.layers.Layer, input: Symbolic | Symbolic[]) => layer.apply(input) as Symbolic;
const conv = (filters: number, kernelSize = 3, rest = {}) =>
  layers.layers.conv2d({ filters, kernelSize, padding: 'same', biasInitializer: 'glorotNormal', ...rest });
const pool = () => layers.layers.globalAveragePooling2d({});
const classify = (units = 4, activation: 'softmax' | 'sigmoid' = 'softmax') =>
  layers.layers.dense({ units, activation, biasInitializer: 'randomNormal' });

/** A trunk of another network, as transfer learning takes it. */
function trunk(): layers.LayersModel {
  const input = layers.input({ shape: [size, size, 3], name: 'pixels' });
  let x = apply(conv(6, 3, { strides: 2, useBias: false }), input);
  x = apply(layers.layers.batchNormalization({}), x);
  x = apply(layers.layers.reLU({ maxValue: 6 }), x);
  return layers.model({ inputs: input, outputs: apply(conv(8, 1, { activation: 'relu' }), x), name: 'trunk' });
}

const networks: [string, () => layers.LayersModel, activation?: string][] = [
  [
    'layers in a row',
    () =>
      layers.sequential({
        layers: [
          conv(6, 3, { inputShape: [size, size, 3], activation: 'relu' }),
          layers.layers.maxPooling2d({ poolSize: 2 }),
          layers.layers.batchNormalization({}),
          pool(),
          layers.layers.dropout({ rate: 0.5 }),
          classify(),
        ],
      }),
  ],
  [
    'layers in a row behind a trunk taken from elsewhere',
    () => layers.sequential({ layers: [trunk(), pool(), layers.layers.dropout({ rate: 0.2 }), classify()] }),
  ],
  [
    'a trunk taken from elsewhere in the middle',
    () => {
      const input = layers.input({ shape: [size, size, 3] });
      const scaled = apply(layers.layers.rescaling({ scale: 1 / 127.5, offset: -1 }), input);
      const x = apply(pool(), apply(trunk(), scaled));
      return layers.model({ inputs: input, outputs: apply(classify(), x) });
    },
  ],
  [
    'batch norm behind the pooling',
    () => layers.sequential({ layers: [trunk(), pool(), layers.layers.batchNormalization({}), classify()] }),
  ],
  [
    'squeeze and excitation',
    () => {
      const input = layers.input({ shape: [size, size, 3] });
      const x = apply(conv(8, 3, { strides: 2, activation: 'relu' }), input);
      let gate = apply(layers.layers.reshape({ targetShape: [1, 1, 8] }), apply(pool(), x));
      gate = apply(conv(2, 1, { activation: 'relu' }), gate);
      gate = apply(conv(8, 1, { activation: 'sigmoid' }), gate);
      const gated = apply(layers.layers.multiply(), [x, gate]);
      return layers.model({ inputs: input, outputs: apply(classify(), apply(pool(), gated)) });
    },
  ],
  [
    'separable convolutions and leaky ReLU',
    () =>
      layers.sequential({
        layers: [
          layers.layers.separableConv2d({
            filters: 8,
            kernelSize: 3,
            strides: 2,
            depthMultiplier: 2,
            padding: 'same',
            activation: 'relu',
            inputShape: [size, size, 3],
          }),
          layers.layers.leakyReLU({ alpha: 0.2 }),
          layers.layers.separableConv2d({ filters: 6, kernelSize: 3 }),
          layers.layers.leakyReLU({ alpha: 0.1 }),
          pool(),
          classify(),
        ],
      }),
  ],
  [
    'a 1×1 convolution behind the pooling, as MobileNet',
    () =>
      layers.sequential({
        layers: [
          trunk(),
          pool(),
          layers.layers.reshape({ targetShape: [1, 1, 8] }),
          conv(4, 1),
          layers.layers.reshape({ targetShape: [4] }),
          layers.layers.activation({ activation: 'softmax' }),
        ],
      }),
  ],
  [
    'maps of classes that are pooled (Network in Network)',
    () => layers.sequential({ layers: [trunk(), conv(4, 1), pool(), layers.layers.softmax({})] }),
  ],
];

describe('a converted network gives the probabilities that TensorFlow.js gives:', () => {
  it.each(networks)('%s', async (_what, make) => {
    const network = randomised(make());
    const picture = Uint8Array.from({ length: size * size * 3 }, (_, i) => (i * 37 + (i % 11) * 53) % 256);
    const { converted, logits } = await convertAndRun(network, picture);
    const expected = tf.tidy(() => {
      const bytes = tf.tensor(Float32Array.from(picture), [1, size, size, 3]);
      return (network.predict(tf.sub(tf.div(bytes, 127.5), 1)) as tf.Tensor).dataSync();
    });
    expect(converted).toMatchObject({ classCount: 4, activation: 'softmax' });
    expect(softmax(logits).map((p, i) => Math.abs(p - expected[i]!))).toSatisfy(
      (all: number[]) => Math.max(...all) < 2e-3,
    );
    // Far from even, so that the comparison means something.
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.05);
    network.dispose();
  });

  it('one output with a sigmoid becomes two classes', async () => {
    const network = randomised(layers.sequential({ layers: [trunk(), pool(), classify(1, 'sigmoid')] }));
    const picture = Uint8Array.from({ length: size * size * 3 }, (_, i) => (i * 91) % 256);
    const { converted, logits, maps } = await convertAndRun(network, picture);
    const [expected] = tf.tidy(() => {
      const bytes = tf.tensor(Float32Array.from(picture), [1, size, size, 3]);
      return (network.predict(tf.sub(tf.div(bytes, 127.5), 1)) as tf.Tensor).dataSync();
    });
    expect(converted).toMatchObject({ classCount: 2, activation: 'sigmoid' });
    const [no, yes] = softmax(logits) as [number, number];
    expect(yes).toBeCloseTo(expected!, 3);
    expect(no).toBeCloseTo(1 - expected!, 3);
    expect(maps.slice(0, maps.length / 2).map((value) => -value)).toEqual(maps.slice(maps.length / 2));
  });
});

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

/** Weights around zero, variances above it: as made, batch norms would change nothing. */
function randomised(network: layers.LayersModel): layers.LayersModel {
  network.setWeights(
    network.weights.map((weight, i) => {
      const spread = weight.name.includes('kernel')
        ? Math.sqrt(4 / (weight.shape.slice(0, -1) as number[]).reduce((a, b) => a * b, 1))
        : 0.5;
      const values = tf.randomNormal(weight.shape as number[], 0, spread, 'float32', i + 1);
      return weight.name.includes('variance') ? tf.add(tf.square(values), 0.5) : values;
    }),
  );
  return network;
}

async function convertAndRun(network: layers.LayersModel, picture: Uint8Array) {
  const converted = convertLayersModel(await readLayersModel(await save(network)), preprocessings.tf);
  return { converted, ...(await run(converted, picture)) };
}

async function run({ model }: Converted, picture: Uint8Array): Promise<{ logits: number[]; maps: number[] }> {
  const session = await InferenceSession.create(Buffer.from(writeOnnx(model)), { intraOpNumThreads: 1 });
  const { logits, maps } = await session.run({ image: new Tensor('uint8', picture, [1, size, size, 3]) });
  await session.release();
  return { logits: Array.from(logits!.data as Float32Array), maps: Array.from(maps!.data as Float32Array) };
}

async function save(network: layers.LayersModel): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'heatbox-layers-'));
  folders.push(folder);
  const path = join(folder, 'model.json');
  await network.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weights = (weightSpecs ?? []).map(({ name, shape, dtype }) => ({ name, shape, dtype }));
      const manifest = [{ paths: ['weights.bin'], weights }];
      await writeFile(join(dirname(path), 'weights.bin'), Buffer.from(weightData as ArrayBuffer));
      await writeFile(path, JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest: manifest }));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return path;
}

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
