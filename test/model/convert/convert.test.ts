import { rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { convertLayersModel } from '../../../src/model/convert/convert-layers-model.ts';
import { readLayersModel } from '../../../src/model/convert/layers-model.ts';
import { writeOnnx } from '../../../src/model/onnx/index.ts';
import { type Preprocessing, preprocessings } from '../../../src/model/preprocessing.ts';
import { type Picture, runKeras, type TestLayer, writeKeras } from './keras.ts';

const { caffe, raw: plain } = preprocessings;

describe('a converted network', () => {
  it('gives maps and logits that can be told by hand', async () => {
    // One 1×1 convolution that picks red, then two classes: twice red plus one, and minus red.
    const layers = [
      input(),
      layer(
        'Conv2D',
        'pick',
        ['input'],
        { strides: [1, 1], padding: 'valid' },
        { kernel: weight([1, 1, 3, 1], [1, 0, 0]) },
      ),
      layer('GlobalAveragePooling2D', 'gap', ['pick']),
      layer(
        'Dense',
        'fc',
        ['gap'],
        { activation: 'softmax' },
        { kernel: weight([1, 2], [2, -1]), bias: weight([2], [1, 0]) },
      ),
    ];
    const { maps, logits } = await convertAndRun(layers, plain, [10, 5, 5, 30, 7, 7], [1, 1, 2, 3]);
    expect(maps).toEqual([20, 60, -10, -30]);
    expect(logits).toEqual([41, -20]);
  });

  it('takes the mean away before it pads, and reads RGB for a network trained on BGR', async () => {
    // A sum over 3×3 of the third channel, which is red in BGR; all pixels are at red's mean, so borders add nothing.
    const kernel = weight(
      [3, 3, 3, 1],
      Array.from({ length: 27 }, (_, i) => (i % 3 === 2 ? 1 : 0)),
    );
    const layers = [
      input(),
      layer('ZeroPadding2D', 'pad', ['input'], {
        padding: [
          [1, 1],
          [1, 1],
        ],
      }),
      layer('Conv2D', 'conv', ['pad'], { strides: [1, 1], padding: 'valid' }, { kernel }),
      layer('GlobalAveragePooling2D', 'gap', ['conv']),
      layer('Dense', 'fc', ['gap'], {}, { kernel: weight([1, 2], [1, 0]), bias: weight([2], [0, 0]) }),
    ];
    const image = Array.from({ length: 9 }, () => [124, 1, 2]).flat();
    const { maps } = await convertAndRun(layers, { ...caffe, mean: [124, 0, 0] }, image, [1, 3, 3, 3]);
    expect(maps).toEqual(Array(18).fill(0));
    const withCaffe = await convertAndRun(layers, caffe, image, [1, 3, 3, 3]);
    expect(withCaffe.maps[4]).toBeCloseTo(9 * (124 - 123.68), 3);
    expect(withCaffe.maps[0]).toBeCloseTo(4 * (124 - 123.68), 3);
  });

  const sizes = [
    [7, 9],
    [8, 8],
    [9, 6],
  ] as const;
  const strided = { strides: [2, 2], padding: 'same' };
  const window = { pool_size: [3, 3], strides: [2, 2] };
  const zeros = {
    padding: [
      [1, 2],
      [0, 1],
    ],
  };
  it.each<[string, (x: string) => TestLayer[]]>([
    ['batch norm after a convolution', (x) => [conv('c', x, 3, 4, { use_bias: true }), norm('n', 'c', 4)]],
    ['batch norm after a convolution without bias', (x) => [conv('c', x, 3, 4, {}, false), norm('n', 'c', 4)]],
    ['batch norm alone', (x) => [norm('n', x, 3)]],
    [
      'batch norm of a convolution with two readers',
      (x) => [conv('c', x, 3, 4), norm('n', 'c', 4), layer('Add', 'a', ['n', 'c'])],
    ],
    [
      'batch norm after an activated convolution',
      (x) => [conv('c', x, 3, 4, { activation: 'relu' }), norm('n', 'c', 4)],
    ],
    ['"same" with a stride', (x) => [conv('c', x, 3, 4, strided)]],
    ['"same" with an even kernel', (x) => [conv('c', x, 3, 4, { padding: 'same' }, true, [2, 4])]],
    ['dilation', (x) => [conv('c', x, 3, 4, { padding: 'same', dilation_rate: [2, 2] })]],
    ['a depthwise convolution', (x) => [depthwise('d', x, 3, 1, strided)]],
    [
      'a depthwise convolution that multiplies, with batch norm',
      (x) => [depthwise('d', x, 3, 2, {}), norm('n', 'd', 6)],
    ],
    ['zeros before a convolution', (x) => [layer('ZeroPadding2D', 'p', [x], zeros), conv('c', 'p', 3, 4)]],
    [
      'zeros before a "same" convolution',
      (x) => [layer('ZeroPadding2D', 'p', [x], zeros), conv('c', 'p', 3, 4, strided)],
    ],
    [
      'zeros before a maximum of positive values',
      (x) => [relu('r', x), layer('ZeroPadding2D', 'p', ['r'], zeros), layer('MaxPooling2D', 'm', ['p'], window)],
    ],
    [
      'zeros before a maximum of any values',
      (x) => [
        conv('c', x, 3, 4, {}, true, [1, 1], -1),
        layer('ZeroPadding2D', 'p', ['c'], zeros),
        layer('MaxPooling2D', 'm', ['p'], window),
      ],
    ],
    [
      'zeros before an average',
      (x) => [layer('ZeroPadding2D', 'p', [x], zeros), layer('AveragePooling2D', 'm', ['p'], window)],
    ],
    ['zeros before the global pooling', (x) => [layer('ZeroPadding2D', 'p', [x], zeros)]],
    [
      'zeros twice',
      (x) => [layer('ZeroPadding2D', 'p', [x], zeros), layer('ZeroPadding2D', 'q', ['p'], zeros), conv('c', 'q', 3, 4)],
    ],
    [
      'zeros with two readers',
      (x) => [
        layer('ZeroPadding2D', 'p', [x], zeros),
        relu('r', 'p'),
        layer('Activation', 't', ['p'], { activation: 'tanh' }),
        layer('Add', 'a', ['r', 't']),
      ],
    ],
    ['a "same" average', (x) => [layer('AveragePooling2D', 'm', [x], { ...window, padding: 'same' })]],
    [
      'a "same" maximum without stride',
      (x) => [layer('MaxPooling2D', 'm', [x], { pool_size: [3, 3], strides: [1, 1], padding: 'same' })],
    ],
    [
      'concatenation',
      (x) => [conv('c', x, 3, 4), conv('d', x, 3, 2), layer('Concatenate', 'j', ['c', 'd'], { axis: -1 })],
    ],
    [
      'a sum of three',
      (x) => [conv('c', x, 3, 4), conv('d', x, 3, 4), conv('e', x, 3, 4), layer('Add', 'a', ['c', 'd', 'e'])],
    ],
    ['ReLU up to 6', (x) => [layer('ReLU', 'r', [x], { max_value: 6 })]],
    [
      'rescaling and dropout',
      (x) => [layer('Rescaling', 's', [x], { scale: 1 / 127.5, offset: -1 }), layer('Dropout', 'd', ['s'])],
    ],
    ['sigmoid', (x) => [layer('Activation', 'a', [x], { activation: 'sigmoid' })]],
    ['swish', (x) => [layer('Activation', 'a', [x], { activation: 'swish' })]],
  ])('equals Keras: %s', async (_what, middle) => {
    // Values around zero, so that activations and borders matter.
    const body = [input(), ...middle('input')];
    const channels = channelsOf(body);
    const layers = [
      ...body,
      layer('GlobalAveragePooling2D', 'gap', [body.at(-1)!.name]),
      layer(
        'Dense',
        'fc',
        ['gap'],
        { activation: 'softmax' },
        { kernel: weight([channels, 5], random(channels * 5, 91)), bias: weight([5], random(5, 92)) },
      ),
    ];
    for (const [rows, cols] of sizes) await expectParity(layers, rows, cols);
  });

  it('equals Keras for convolutions of any kernel, stride and padding', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
          stride: fc.integer({ min: 1, max: 3 }),
          padding: fc.constantFrom('same', 'valid'),
          rows: fc.integer({ min: 5, max: 12 }),
          cols: fc.integer({ min: 5, max: 12 }),
        }),
        async ({ kernel, stride, padding, rows, cols }) => {
          const layers = [
            input(),
            conv('c', 'input', 3, 4, { strides: [stride, stride], padding }, true, kernel),
            norm('n', 'c', 4),
            layer('GlobalAveragePooling2D', 'gap', ['n']),
            layer('Dense', 'fc', ['gap'], {}, { kernel: weight([4, 2], random(8, 93)), bias: weight([2], [1, -1]) }),
          ];
          await expectParity(layers, rows, cols);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is the same bytes each time', async () => {
    const layers = [input(), conv('c', 'input', 3, 4), ...head('c', 4)];
    const bytes = async () => writeOnnx(convertLayersModel(await read(layers), caffe).model);
    expect(Buffer.from(await bytes()).equals(await bytes())).toBe(true);
  });

  it('keeps a weight beyond the range of half precision', async () => {
    const kernel = weight([1, 1, 3, 1], [100_000, 0, 0]);
    const layers = [input(), layer('Conv2D', 'c', ['input'], { strides: [1, 1] }, { kernel }), ...head('c', 1)];
    const { maps } = await convertAndRun(layers, plain, [2, 0, 0], [1, 1, 1, 3]);
    expect(maps[0]! / (2e5 * layers.at(-1)!.weights!.kernel!.data[0]!)).toBeCloseTo(1, 2);
  });
});

describe('a network is refused, by the name of the layer,', () => {
  const cases: [string, TestLayer[], RegExp][] = [
    [
      'when a layer has no conversion',
      [input(), layer('LSTM', 'memory', ['input']), ...head('memory', 3)],
      /LSTM layer memory/,
    ],
    [
      'when an activation has no conversion',
      [input(), layer('Activation', 'act', ['input'], { activation: 'softsign' }), ...head('act', 3)],
      /softsign.*act/,
    ],
    [
      'when its linear layer does not follow the pooling',
      [input(), layer('Dense', 'fc', ['input'], {}, { kernel: weight([3, 2], random(6, 1)) })],
      /fc does not read a global average pooling/,
    ],
    [
      'when it has two linear layers',
      [input(), ...head('input', 3), layer('Dense', 'second', ['fc'], {}, { kernel: weight([2, 2], random(4, 1)) })],
      /Dense layer fc between the global pooling/,
    ],
    ['when it ends in something else', [input(), relu('r', 'input')], /does not end in a linear layer.*r/],
  ];
  it.each(cases)('%s', async (_when, layers, message) => {
    const model = await read(layers);
    expect(() => convertLayersModel(model, plain)).toThrow(expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }));
    expect(() => convertLayersModel(model, plain)).toThrow(message);
  });

  it('when a layer is used out of order', async () => {
    const layers = [input(), relu('r', 'later'), relu('later', 'input'), ...head('r', 3)];
    await expect(read(layers)).rejects.toThrow(/r reads later/);
  });

  it('when it takes BGR and does not begin with a convolution', async () => {
    const model = await read([input(), relu('r', 'input'), ...head('r', 3)]);
    expect(() => convertLayersModel(model, caffe)).toThrow(/takes BGR/);
  });

  it('when its weight files are cut', async () => {
    const path = await writeKeras([input(), ...head('input', 3)]);
    await writeFile(path.replace('model.json', 'b.bin'), 'x');
    await expect(readLayersModel(path)).rejects.toMatchObject({ code: 'MODEL_DAMAGED' });
    await rm(dirname(path), { recursive: true });
  });

  it('when it is not a layers model', async () => {
    const path = await writeKeras([input(), ...head('input', 3)]);
    await writeFile(path, '{"format":"graph-model"}');
    await expect(readLayersModel(path)).rejects.toMatchObject({ code: 'MODEL_DAMAGED' });
    await rm(dirname(path), { recursive: true });
  });
});

async function read(layers: readonly TestLayer[]) {
  const path = await writeKeras(layers);
  const model = await readLayersModel(path);
  await rm(dirname(path), { recursive: true });
  return model;
}

async function convertAndRun(
  layers: readonly TestLayer[],
  how: Preprocessing,
  image: ArrayLike<number>,
  dims: readonly number[],
) {
  const bytes = writeOnnx(convertLayersModel(await read(layers), how).model);
  const session = await InferenceSession.create(Buffer.from(bytes), { intraOpNumThreads: 1 });
  const { maps, logits } = await session.run({ image: new Tensor('uint8', Uint8Array.from(image), dims) });
  await session.release();
  return { maps: Array.from(maps!.data as Float32Array), logits: Array.from(logits!.data as Float32Array) };
}

/** Runs both on a batch of two images: half-precision kernels leave about a part in a thousand. */
async function expectParity(layers: readonly TestLayer[], rows: number, cols: number) {
  const how: Preprocessing = { ...plain, mean: [128, 100, 130] };
  const pictures = [1, 2].map((seed) => random(rows * cols * 3, seed).map((v) => Math.round(128 + v * 10)));
  const actual = await convertAndRun(layers, how, pictures.flat(), [2, rows, cols, 3]);
  const expected = pictures.map((picture) => {
    const data = Float64Array.from(picture, (v, i) => v - how.mean[i % 3]!);
    const { logits, maps } = runKeras(layers, { rows, cols, channels: 3, data });
    return { logits, maps: planes(maps) };
  });
  const maps = expected.flatMap((one) => one.maps);
  // Logits are means of maps, in which terms may cancel: both are held to the scale of the maps.
  const scale = Math.max(...maps.map(Math.abs));
  expect(worst(actual.maps, maps) / scale).toBeLessThan(5e-3);
  expect(
    worst(
      actual.logits,
      expected.flatMap((one) => one.logits),
    ) / scale,
  ).toBeLessThan(5e-3);
}

function worst(actual: readonly number[], expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
}

function planes({ rows, cols, channels, data }: Picture): number[] {
  return Array.from(
    { length: data.length },
    (_, i) => data[(i % (rows * cols)) * channels + Math.floor(i / (rows * cols))]!,
  );
}

function layer(
  type: string,
  name: string,
  inputs: string[],
  config = {},
  weights: TestLayer['weights'] = {},
): TestLayer {
  return { type, name, inputs, config, weights };
}

function input(): TestLayer {
  return layer('InputLayer', 'input', []);
}

function relu(name: string, from: string): TestLayer {
  return layer('Activation', name, [from], { activation: 'relu' });
}

function conv(
  name: string,
  from: string,
  ins: number,
  outs: number,
  config = {},
  bias = true,
  kernel = [3, 3],
  sign = 1,
): TestLayer {
  const [rows, cols] = kernel as [number, number];
  const values = random(rows * cols * ins * outs, name.charCodeAt(0)).map((v) => (sign < 0 ? -Math.abs(v) : v));
  const weights = { kernel: weight([rows, cols, ins, outs], values) };
  const settings = { strides: [1, 1], padding: 'valid', activation: 'linear', ...config };
  return layer(
    'Conv2D',
    name,
    [from],
    settings,
    bias ? { ...weights, bias: weight([outs], random(outs, 7)) } : weights,
  );
}

function depthwise(name: string, from: string, channels: number, multiplier: number, config = {}): TestLayer {
  const kernel = weight([3, 3, channels, multiplier], random(9 * channels * multiplier, 11));
  return layer(
    'DepthwiseConv2D',
    name,
    [from],
    { strides: [1, 1], padding: 'valid', ...config },
    { depthwise_kernel: kernel },
  );
}

function norm(name: string, from: string, channels: number): TestLayer {
  // An epsilon that is not the default and large enough to show.
  return layer(
    'BatchNormalization',
    name,
    [from],
    { epsilon: 0.05 },
    {
      gamma: weight([channels], random(channels, 21)),
      beta: weight([channels], random(channels, 22)),
      moving_mean: weight([channels], random(channels, 23)),
      moving_variance: weight(
        [channels],
        random(channels, 24).map((v) => v * v + 0.01),
      ),
    },
  );
}

function head(from: string, channels: number): TestLayer[] {
  const weights = { kernel: weight([channels, 2], random(channels * 2, 31)), bias: weight([2], [0, 0]) };
  return [layer('GlobalAveragePooling2D', 'gap', [from]), layer('Dense', 'fc', ['gap'], {}, weights)];
}

/** Channels at the end of a list of layers, told from the weights. */
function channelsOf(layers: readonly TestLayer[]): number {
  const channels = new Map<string, number>();
  for (const { name, type, inputs, weights } of layers) {
    const shape = weights?.kernel?.shape ?? weights?.depthwise_kernel?.shape;
    const before = inputs.map((from) => channels.get(from)!);
    if (type === 'Conv2D') channels.set(name, shape![3]!);
    else if (type === 'DepthwiseConv2D') channels.set(name, shape![2]! * shape![3]!);
    else if (type === 'Concatenate')
      channels.set(
        name,
        before.reduce((a, b) => a + b),
      );
    else channels.set(name, before[0] ?? 3);
  }
  return channels.get(layers.at(-1)!.name)!;
}

function weight(shape: number[], data: number[]) {
  return { shape, data };
}

/** `count` numbers in [-1, 1), the same for the same seed (a linear congruential generator). */
function random(count: number, seed: number): number[] {
  let state = seed * 7919 + 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
