/**
 * A small Keras of the tests' own: networks as lists of layers, written as TensorFlow.js layers models and computed by
 * plain loops in Keras' own terms (`[rows, cols, channels]`, batch norm as a layer, pooling before the linear layer).
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestLayer {
  type: string;
  name: string;
  config?: Record<string, unknown>;
  inputs: string[];
  weights?: Record<string, { shape: number[]; data: number[] }>;
}

/** `at(row, col, channel)`, zero outside. */
export interface Picture {
  rows: number;
  cols: number;
  channels: number;
  data: Float64Array;
}

/** Writes `model.json` and two shards into a new folder; returns the path of `model.json`. */
export async function writeKeras(layers: readonly TestLayer[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'heatbox-keras-'));
  const weights = layers.flatMap((layer) =>
    Object.entries(layer.weights ?? {}).map(([name, weight]) => ({ ...weight, name: `${layer.name}/${name}` })),
  );
  const bytes = Buffer.from(Float32Array.from(weights.flatMap(({ data }) => data)).buffer);
  // Cut in the middle of a number, as real shards may be.
  const cut = Math.floor(bytes.length / 2) + 1;
  await writeFile(join(folder, 'a.bin'), bytes.subarray(0, cut));
  await writeFile(join(folder, 'b.bin'), bytes.subarray(cut));
  const json = {
    format: 'layers-model',
    modelTopology: {
      model_config: {
        class_name: 'Model',
        config: {
          name: 'tiny',
          layers: layers.map(({ type, name, config, inputs }) => ({
            class_name: type,
            name,
            config: { name, ...config },
            inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
          })),
          input_layers: [[layers[0]!.name, 0, 0]],
          output_layers: [[layers.at(-1)!.name, 0, 0]],
        },
      },
    },
    weightsManifest: [
      { paths: ['a.bin', 'b.bin'], weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) },
    ],
  };
  await writeFile(join(folder, 'model.json'), JSON.stringify(json));
  return join(folder, 'model.json');
}

/** The network's output before the softmax, and the class maps at the last pooling. */
export function runKeras(layers: readonly TestLayer[], image: Picture): { logits: number[]; maps: Picture } {
  const values = new Map<string, Picture>();
  let beforePooling = image;
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => values.get(name)!);
    if (layer.type === 'GlobalAveragePooling2D') beforePooling = inputs[0]!;
    if (layer.type === 'Dense') {
      const { kernel, bias } = layer.weights!;
      const linear = (picture: Picture, b: number[]) =>
        slide(
          picture,
          kernel!.shape[1]!,
          [1, 1],
          [1, 1],
          [0, 0, 0, 0],
          (at, o) => sum(picture.channels, (i) => at(0, 0, i) * kernel!.data[i * kernel!.shape[1]! + o]!) + b[o]!,
        );
      const zero = bias!.data.map(() => 0);
      return { logits: [...linear(inputs[0]!, bias!.data).data], maps: linear(beforePooling, zero) };
    }
    values.set(layer.name, layer.type === 'InputLayer' ? image : compute(layer, inputs));
  }
  throw new Error('no Dense layer');
}

function compute(layer: TestLayer, inputs: readonly Picture[]): Picture {
  const [x] = inputs as [Picture];
  const config = layer.config ?? {};
  const weights = layer.weights ?? {};
  switch (layer.type) {
    case 'Conv2D':
    case 'DepthwiseConv2D': {
      const depthwise = layer.type === 'DepthwiseConv2D';
      const { shape, data } = (depthwise ? weights.depthwise_kernel : weights.kernel)!;
      const [kr, kc, ins, outs] = shape as [number, number, number, number];
      const dilation = (config.dilation_rate as number[]) ?? [1, 1];
      const reach = [(kr - 1) * dilation[0]! + 1, (kc - 1) * dilation[1]! + 1];
      const strides = config.strides as number[];
      const weight = (r: number, c: number, i: number, o: number) => data[((r * kc + c) * ins + i) * outs + o]!;
      const result = slide(
        x,
        depthwise ? ins * outs : outs,
        reach,
        strides,
        pads(x, reach, strides, config.padding),
        (at, o) => {
          const channels = depthwise ? [Math.floor(o / outs)] : Array.from({ length: ins }, (_, i) => i);
          const dot = (i: number) =>
            sum(kr, (r) =>
              sum(kc, (c) => at(r * dilation[0]!, c * dilation[1]!, i) * weight(r, c, i, depthwise ? o % outs : o)),
            );
          return channels.reduce((total, i) => total + dot(i), weights.bias?.data[o] ?? 0);
        },
      );
      return config.activation === 'relu' ? map(result, (v) => Math.max(v, 0)) : result;
    }
    case 'BatchNormalization': {
      const { gamma, beta, moving_mean, moving_variance } = weights;
      return map(x, (v, c) => {
        const normal = (v - moving_mean!.data[c]!) / Math.sqrt(moving_variance!.data[c]! + (config.epsilon as number));
        return normal * (gamma?.data[c] ?? 1) + (beta?.data[c] ?? 0);
      });
    }
    case 'Activation':
      if (config.activation === 'relu') return map(x, (v) => Math.max(v, 0));
      if (config.activation === 'tanh') return map(x, Math.tanh);
      if (config.activation === 'sigmoid') return map(x, (v) => 1 / (1 + Math.exp(-v)));
      return map(x, (v) => v / (1 + Math.exp(-v)));
    case 'ReLU':
      return map(x, (v) => Math.min(Math.max(v, 0), (config.max_value as number | null) ?? Number.POSITIVE_INFINITY));
    case 'ZeroPadding2D': {
      const [[top, bottom], [left, right]] = config.padding as [[number, number], [number, number]];
      return slide(x, x.channels, [1, 1], [1, 1], [top, left, bottom, right], (at, o) => at(0, 0, o));
    }
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      const size = config.pool_size as [number, number];
      const strides = config.strides as number[];
      const maximum = layer.type === 'MaxPooling2D';
      return slide(x, x.channels, size, strides, pads(x, size, strides, config.padding), (at, o, inside) => {
        const seen: number[] = [];
        for (let r = 0; r < size[0]; r++) for (let c = 0; c < size[1]; c++) if (inside(r, c)) seen.push(at(r, c, o));
        return maximum ? Math.max(...seen) : sum(seen.length, (i) => seen[i]!) / seen.length;
      });
    }
    case 'GlobalAveragePooling2D': {
      const cells = x.rows * x.cols;
      const data = Float64Array.from(
        { length: x.channels },
        (_, c) => sum(cells, (i) => x.data[i * x.channels + c]!) / cells,
      );
      return { rows: 1, cols: 1, channels: x.channels, data };
    }
    case 'Add':
      return { ...x, data: x.data.map((_, i) => inputs.reduce((total, input) => total + input.data[i]!, 0)) };
    case 'Concatenate': {
      const channels = inputs.reduce((total, input) => total + input.channels, 0);
      const starts = inputs.map((_, k) => sum(k, (j) => inputs[j]!.channels));
      return slide(x, channels, [1, 1], [1, 1], [0, 0, 0, 0], (_at, o, _inside, row, col) => {
        const k = starts.findLastIndex((start) => start <= o);
        const input = inputs[k]!;
        return input.data[(row * input.cols + col) * input.channels + o - starts[k]!]!;
      });
    }
    case 'Dropout':
      return x;
    case 'Rescaling':
      return map(x, (v) => v * (config.scale as number) + (config.offset as number));
    default:
      throw new Error(`no ${layer.type}`);
  }
}

type Window = (
  at: (row: number, col: number, channel: number) => number,
  channel: number,
  inside: (row: number, col: number) => boolean,
  row: number,
  col: number,
) => number;

/** Moves a window over the picture; the window's upper left is `at(0, 0, …)`. */
function slide(
  x: Picture,
  channels: number,
  reach: number[],
  strides: number[],
  pad: number[],
  window: Window,
): Picture {
  const rows = Math.floor((x.rows + pad[0]! + pad[2]! - reach[0]!) / strides[0]!) + 1;
  const cols = Math.floor((x.cols + pad[1]! + pad[3]! - reach[1]!) / strides[1]!) + 1;
  const data = new Float64Array(rows * cols * channels);
  for (let i = 0; i < data.length; i++) {
    const [row, col, o] = [Math.floor(i / channels / cols), Math.floor(i / channels) % cols, i % channels];
    const [top, left] = [row * strides[0]! - pad[0]!, col * strides[1]! - pad[1]!];
    const inside = (r: number, c: number) => top + r >= 0 && top + r < x.rows && left + c >= 0 && left + c < x.cols;
    const at = (r: number, c: number, ch: number) =>
      inside(r, c) ? x.data[((top + r) * x.cols + left + c) * x.channels + ch]! : 0;
    data[i] = window(at, o, inside, row, col);
  }
  return { rows, cols, channels, data };
}

/** TensorFlow's "same": as many outputs as input/stride rounded up, the odd pixel at the lower right. */
function pads(x: Picture, reach: number[], strides: number[], padding: unknown): [number, number, number, number] {
  if (padding !== 'same') return [0, 0, 0, 0];
  const total = [x.rows, x.cols].map((size, axis) => {
    const outputs = Math.ceil(size / strides[axis]!);
    return Math.max((outputs - 1) * strides[axis]! + reach[axis]! - size, 0);
  });
  const [top, left] = total.map((t) => Math.floor(t / 2)) as [number, number];
  return [top, left, total[0]! - top, total[1]! - left];
}

function map(x: Picture, f: (value: number, channel: number) => number): Picture {
  return { ...x, data: x.data.map((v, i) => f(v, i % x.channels)) };
}

function sum(count: number, f: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += f(i);
  return total;
}
