import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openOnnx } from '../../../src/inference/sessions/open-onnx.ts';
import { writeOnnx } from '../../../src/model/onnx/index.ts';
import { preprocessings } from '../../../src/model/preprocessing.ts';
import { makeCam } from '../../../src/model/surgery/index.ts';
import { seeded } from '../random-weights.ts';
import { type Builder, network } from './networks.ts';

const classes = 7;
const side = 24;
const channels = 8;
/** Side of the maps: the trunk halves twice. */
const cells = side / 4;

type Layout = 'NCHW' | 'NHWC';
/** The pooled features, and whether they still have unit axes for rows and columns. */
type Pooled = { value: string; axes: 2 | 4; unitAt?: 'end' | 'middle' };

/** Every form of global average pooling, by what exporters write. */
const poolings: Record<string, { layout: Layout; opset: number; add(net: Builder, maps: string): Pooled }> = {
  GlobalAveragePool: {
    layout: 'NCHW',
    opset: 13,
    add: (net, maps) => ({ value: net.node('GlobalAveragePool', [maps]), axes: 4 }),
  },
  'ReduceMean over rows and columns': {
    layout: 'NCHW',
    opset: 13,
    add: (net, maps) => ({ value: net.node('ReduceMean', [maps], { axes: [2, 3], keepdims: 0 }), axes: 2 }),
  },
  'ReduceMean of opset 18, its axes negative and an input': {
    layout: 'NCHW',
    opset: 18,
    add: (net, maps) => ({ value: net.node('ReduceMean', [maps, net.integers([-1, -2])], { keepdims: 1 }), axes: 4 }),
  },
  'a mean over columns, then one over rows': {
    layout: 'NCHW',
    opset: 13,
    add: (net, maps) => {
      const rows = net.node('ReduceMean', [maps], { axes: [3], keepdims: 0 });
      return { value: net.node('ReduceMean', [rows], { axes: [2], keepdims: 0 }), axes: 2 };
    },
  },
  'AveragePool of the full size': {
    layout: 'NCHW',
    opset: 13,
    add: (net, maps) => ({ value: net.node('AveragePool', [maps], { kernel_shape: [cells, cells] }), axes: 4 }),
  },
  'AveragePool of more than the full size, with padding that does not count': {
    layout: 'NCHW',
    opset: 13,
    add: (net, maps) => ({
      value: net.node('AveragePool', [maps], { kernel_shape: [cells + 1, cells + 1], pads: [0, 0, 1, 1] }),
      axes: 4,
    }),
  },
  'AveragePool of more than the full size, with padding that counts': {
    layout: 'NCHW',
    opset: 13,
    add: (net, maps) => ({
      value: net.node('AveragePool', [maps], {
        kernel_shape: [cells + 1, cells + 1],
        pads: [0, 0, 1, 1],
        count_include_pad: 1,
      }),
      axes: 4,
    }),
  },
  'a mean over positions in one row': {
    layout: 'NCHW',
    opset: 13,
    add: (net, maps) => {
      const row = net.node('Reshape', [maps, net.integers([0, 0, -1])]);
      return { value: net.node('ReduceMean', [row], { axes: [2], keepdims: 0 }), axes: 2 };
    },
  },
  'ReduceMean of channels-last maps': {
    layout: 'NHWC',
    opset: 13,
    add: (net, maps) => ({ value: net.node('ReduceMean', [maps], { axes: [1, 2], keepdims: 0 }), axes: 2 }),
  },
  'ReduceMean of channels-last maps, axes kept': {
    layout: 'NHWC',
    opset: 13,
    add: (net, maps) => ({
      value: net.node('ReduceMean', [maps], { axes: [1, 2], keepdims: 1 }),
      axes: 4,
      unitAt: 'middle',
    }),
  },
};

/** How the unit axes go away. */
const flattenings: Record<string, (net: Builder, pooled: Pooled) => string> = {
  Flatten: (net, { value }) => net.node('Flatten', [value], { axis: 1 }),
  'Reshape to a free batch': (net, { value }) => net.node('Reshape', [value, net.integers([-1, channels])]),
  'Reshape to a batch of one': (net, { value }) => net.node('Reshape', [value, net.integers([1, channels])]),
  Squeeze: (net, { value, axes, unitAt }) =>
    axes === 2
      ? net.node('Identity', [value])
      : net.node('Squeeze', [value, net.integers(unitAt === 'middle' ? [1, 2] : [2, 3])]),
  'Dropout and Reshape': (net, { value }) => net.node('Reshape', [net.node('Dropout', [value]), net.integers([0, -1])]),
};

/** Every form of linear layer, from `[N, channels]` to `[N, classes]`. */
const linears: Record<string, (net: Builder, features: string) => string> = {
  'Gemm with transposed weights': (net, features) =>
    net.node('Gemm', [features, net.weights([classes, channels]), net.weights([classes])], { transB: 1 }),
  'Gemm with factors': (net, features) =>
    net.node('Gemm', [features, net.weights([channels, classes]), net.weights([classes])], {
      alpha: { float: 0.5 },
      beta: { float: 2 },
    }),
  'Gemm without bias': (net, features) => net.node('Gemm', [features, net.weights([channels, classes])]),
  'MatMul and Add': (net, features) =>
    net.node('Add', [net.node('MatMul', [features, net.weights([channels, classes])]), net.weights([classes])]),
  'bias + MatMul of turned weights': (net, features) => {
    const turned = net.node('Transpose', [net.weights([classes, channels])], { perm: [1, 0] });
    return net.node('Add', [net.weights([classes]), net.node('MatMul', [features, turned])]);
  },
  '1×1 Conv': (net, features) => {
    const planes = net.node('Reshape', [features, net.integers([-1, channels, 1, 1])]);
    return net.node('Flatten', [net.conv(planes, channels, classes, { kernel: 1 })], { axis: 1 });
  },
  'batch norm, then Gemm': (net, features) => {
    const statistics = [1, 0, 0].map((centre) => net.weights([channels], { centre, spread: 0.3 }));
    const norm = net.node('BatchNormalization', [
      features,
      ...statistics,
      net.weights([channels], { centre: 1, spread: 0.5 }),
    ]);
    return net.node('Gemm', [norm, net.weights([classes, channels]), net.weights([classes])], { transB: 1 });
  },
  'scale, shift and two layers': (net, features) => {
    const scaled = net.node('Div', [features, net.weights([channels], { centre: 2 })]);
    const shifted = net.node('Sub', [net.weights([channels]), scaled]);
    const hidden = net.node('Gemm', [shifted, net.weights([5, channels]), net.weights([5])], { transB: 1 });
    const logits = net.node('Gemm', [hidden, net.weights([classes, 5]), net.weights([classes])], { transB: 1 });
    return net.node('Mul', [logits, net.weights([], { centre: 1 })]);
  },
};

const ends: Record<string, (net: Builder, logits: string) => string> = {
  nothing: (_net, logits) => logits,
  Softmax: (net, logits) => net.node('Softmax', [logits], { axis: 1 }),
  'Identity, LogSoftmax': (net, logits) => net.node('LogSoftmax', [net.node('Identity', [logits])], { axis: 1 }),
  Sigmoid: (net, logits) => net.node('Sigmoid', [logits]),
};

const heads = fc.record({
  pooling: fc.constantFrom(...Object.keys(poolings)),
  flattening: fc.constantFrom(...Object.keys(flattenings)),
  linear: fc.constantFrom(...Object.keys(linears)),
  end: fc.constantFrom(...Object.keys(ends)),
  inputLayout: fc.constantFrom<Layout>('NCHW', 'NHWC'),
  batch: fc.constantFrom<number | string>(1, 'N'),
  shuffle: fc.boolean(),
  preset: fc.constantFrom(...(Object.keys(preprocessings) as (keyof typeof preprocessings)[])),
  seed: fc.nat(1000),
});

describe('a random network with global average pooling', () => {
  it('gives its own logits and their maps, whatever the form of its head', async () => {
    await fc.assert(
      fc.asyncProperty(
        heads,
        async ({ pooling, flattening, linear, end, inputLayout, batch, shuffle, preset, seed }) => {
          const form = poolings[pooling]!;
          const net = network({ opset: form.opset, seed });
          let maps = trunk(net, inputLayout, batch, shuffle);
          if (form.layout === 'NHWC') maps = net.node('Transpose', [maps], { perm: [0, 2, 3, 1] });
          const features = flattenings[flattening]!(net, form.add(net, maps));
          const output = ends[end]!(net, linears[linear]!(net, features));
          const bytes = net.bytes(output);

          const cam = await makeCam(bytes, { preprocessing: preprocessings[preset] }, openOnnx);

          expect(cam.classCount).toBe(classes);
          expect(cam.fixed).toEqual({ size: false, batch: false });
          expect([cam.stride, cam.multipleOf]).toEqual([4, 4]);
          const image = picture(seed, side, side);
          const expected = await original(bytes, image, preprocessings[preset], inputLayout, output);
          const { logits, mean, mapDims } = await run(cam.bytes, image, side, side);
          expect(mapDims).toEqual([1, classes, cells, cells]);
          close(finish(end, logits), expected);
          // The maps differ from the logits by one number a class, the bias, at every size.
          const other = await run(cam.bytes, picture(seed + 1, 32, 16), 32, 16);
          expect(other.mapDims).toEqual([1, classes, 4, 8]);
          close(subtract(other.logits, other.mean), subtract(logits, mean), other.logits);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives them in the form of Network in Network, with the bias in the maps only behind an activation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.boolean(), fc.nat(1000), async (activated, biased, seed) => {
        const net = network({ seed });
        let value = net.conv(trunk(net, 'NCHW', 'N', false), channels, classes, { kernel: 1, bias: biased });
        if (activated) value = net.node('Relu', [value]);
        const output = net.node('Softmax', [net.node('GlobalAveragePool', [value])], { axis: 1 });
        const bytes = net.bytes(output);

        const cam = await makeCam(bytes, { preprocessing: preprocessings.unit }, openOnnx);

        const image = picture(seed, side, side);
        const expected = await original(bytes, image, preprocessings.unit, 'NCHW', output);
        const { logits, mean } = await run(cam.bytes, image, side, side);
        close(softmax(logits), expected);
        const bias = subtract(logits, mean);
        if (activated || !biased) close(bias, new Float32Array(classes), logits);
        else expect(Math.max(...bias.map(Math.abs))).toBeGreaterThan(0.01);
      }),
      { numRuns: 12 },
    );
  });
});

it('gives as map of a class the features weighted by the row of the linear layer', async () => {
  const net = network();
  const features = trunk(net, 'NCHW', 1, false);
  const weights = Float32Array.from({ length: classes * channels }, (_, i) => Math.sin(i));
  const pooled = net.node('Flatten', [net.node('GlobalAveragePool', [features])]);
  const output = net.node('Gemm', [pooled, net.floats([classes, channels], weights)], { transB: 1 });
  const { bytes } = await makeCam(net.bytes(output), { preprocessing: preprocessings.raw }, openOnnx);

  const image = picture(5, side, side);
  const tapped = writeOnnx({ ...net.model, graph: { ...net.model.graph, output: [{ name: features }] } });
  const session = await openOnnx(tapped);
  const data = planes(image, preprocessings.raw, side * side);
  const { [features]: cubes } = await session.run({ pixels: { type: 'float32', dims: [1, 3, side, side], data } });
  await session.close();
  const { maps } = await run(bytes, image, side, side);
  const expected = maps.map((_, at) => {
    const [c, cell] = [Math.floor(at / cells ** 2), at % cells ** 2];
    let sum = 0;
    for (let k = 0; k < channels; k++)
      sum += weights[c * channels + k]! * (cubes!.data as Float32Array)[k * cells ** 2 + cell]!;
    return sum;
  });
  close(maps, expected);
});

/** Two strided convolutions; with a channel shuffle whose sizes are numbers, if wanted. */
function trunk(net: Builder, layout: Layout, batch: number | string, shuffle: boolean): string {
  let value = net.input('pixels', layout === 'NCHW' ? [batch, 3, side, side] : [batch, side, side, 3]);
  if (layout === 'NHWC') value = net.node('Transpose', [value], { perm: [0, 3, 1, 2] });
  value = net.node('Relu', [net.conv(value, 3, channels, { stride: 2 })]);
  if (shuffle) {
    const apart = net.node('Reshape', [value, net.integers([1, 2, channels / 2, side / 2, side / 2])]);
    const turned = net.node('Transpose', [apart], { perm: [0, 2, 1, 3, 4] });
    value = net.node('Reshape', [turned, net.integers([1, channels, side / 2, side / 2])]);
  }
  return net.node('Relu', [net.conv(value, channels, channels, { stride: 2 })]);
}

function picture(seed: number, width: number, height: number): Uint8Array {
  const random = seeded(seed + 77);
  return Uint8Array.from({ length: width * height * 3 }, () => 256 * random());
}

/** The image as the network takes it, written out for each convention. */
function planes(
  image: Uint8Array,
  preprocessing: (typeof preprocessings)[keyof typeof preprocessings],
  area: number,
): Float32Array {
  const { order, range, mean, std } = preprocessing;
  return Float32Array.from({ length: area * 3 }, (_, at) => {
    const colour = order === 'RGB' ? Math.floor(at / area) : 2 - Math.floor(at / area);
    const value = range[0] + (image[(at % area) * 3 + colour]! / 255) * (range[1] - range[0]);
    return (value - mean[colour]!) / std[colour]!;
  });
}

async function original(
  bytes: Uint8Array,
  image: Uint8Array,
  preprocessing: (typeof preprocessings)[keyof typeof preprocessings],
  layout: Layout,
  output: string,
): Promise<Float32Array> {
  const area = side * side;
  const chw = planes(image, preprocessing, area);
  const data = layout === 'NCHW' ? chw : chw.map((_, at) => chw[(at % 3) * area + Math.floor(at / 3)]!);
  const dims = layout === 'NCHW' ? [1, 3, side, side] : [1, side, side, 3];
  const session = await openOnnx(bytes);
  const results = await session.run({ pixels: { type: 'float32', dims, data } });
  await session.close();
  return results[output]!.data as Float32Array;
}

async function run(bytes: Uint8Array, image: Uint8Array, width: number, height: number) {
  const session = await openOnnx(bytes);
  const results = await session.run({ image: { type: 'uint8', dims: [1, height, width, 3], data: image } });
  await session.close();
  const maps = results.maps!.data as Float32Array;
  const area = maps.length / classes;
  const mean = Float32Array.from({ length: classes }, (_, c) =>
    maps.subarray(c * area, (c + 1) * area).reduce((sum, value) => sum + value / area, 0),
  );
  return { logits: results.logits!.data as Float32Array, maps, mean, mapDims: results.maps!.dims };
}

function finish(end: string, logits: Float32Array): Float32Array {
  if (end === 'Softmax') return softmax(logits);
  if (end === 'Sigmoid') return logits.map((value) => 1 / (1 + Math.exp(-value)));
  return end === 'nothing' ? logits : logSoftmax(logits);
}

function softmax(logits: Float32Array): Float32Array {
  return logSoftmax(logits).map(Math.exp);
}

function logSoftmax(logits: Float32Array): Float32Array {
  const top = Math.max(...logits);
  const total = logits.reduce((sum, value) => sum + Math.exp(value - top), 0);
  return logits.map((value) => value - top - Math.log(total));
}

function subtract(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - b[i]!);
}

/** Within 1e-4 of the largest value of `among`. */
function close(actual: Float32Array, expected: Float32Array, among = expected): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...among.map(Math.abs));
  for (const [i, value] of expected.entries()) expect(Math.abs(actual[i]! - value) / scale).toBeLessThan(1e-4);
}
