import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { HeatboxError } from '../../error.ts';

/** A Keras network as TensorFlow.js stores it: layers that name their inputs, and their weights. */
export interface LayersModel {
  readonly name: string;
  /** In topological order. */
  readonly layers: readonly Layer[];
  /** Name of the layer whose output is the network's. */
  readonly output: string;
}

export interface Layer {
  readonly name: string;
  /** Keras' class, as `Conv2D`. */
  readonly type: string;
  /** Keras' settings of the layer. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers it reads. */
  readonly inputs: readonly string[];
  /** By Keras' own names without the layer's, as `kernel`, `bias`, `moving_mean`. */
  readonly weights: Readonly<Record<string, Weight>>;
}

/** Row-major, in Keras' order of axes (a convolution kernel is `[height, width, in, out]`). */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Reads a TensorFlow.js layers model: `model.json` and the weight files it names beside it.
 *
 * @throws HeatboxError `MODEL_DAMAGED` for files that are missing, cut or not of this format, `MODEL_UNSUPPORTED` for
 * networks with several inputs or outputs, nested or shared layers, or quantised weights.
 */
export async function readLayersModel(modelJson: string): Promise<LayersModel> {
  const json = await readJson(modelJson);
  const { class_name: kind, config } = json.modelTopology.model_config;
  const weights = await readWeights(json.weightsManifest, dirname(modelJson));
  const specs = (Array.isArray(config) ? config : config.layers).map((spec) => layerSchema.parse(spec));

  const layers = specs.map((spec, position): Layer => {
    const name = spec.config.name;
    const previous = position === 0 ? [] : [specs[position - 1]!.config.name];
    return {
      name,
      type: spec.class_name,
      config: spec.config,
      inputs: kind === 'Sequential' ? previous : inboundLayers(name, spec.inbound_nodes),
      weights: Object.fromEntries(
        [...weights]
          .filter(([key]) => key.startsWith(`${name}/`))
          .map(([key, weight]) => [key.slice(name.length + 1), weight]),
      ),
    };
  });

  const outputs = Array.isArray(config) ? undefined : config.output_layers;
  const inputs = Array.isArray(config) ? undefined : config.input_layers;
  if ((outputs ?? [[]]).length !== 1 || (inputs ?? [[]]).length !== 1) {
    throw unsupported(`it has ${inputs?.length} inputs and ${outputs?.length} outputs; one of each can be converted`);
  }
  const output = outputs?.[0]?.[0] ?? layers.at(-1)?.name;
  if (typeof output !== 'string') throw unsupported('it has no layers');
  return { name: Array.isArray(config) ? 'sequential' : config.name, layers, output };
}

/** An error for a network that is sound but has no conversion. */
export function unsupported(reason: string, value?: unknown): HeatboxError {
  return new HeatboxError('MODEL_UNSUPPORTED', `this network cannot be converted: ${reason}`, { value, kind: 'usage' });
}

const layerSchema = z.object({
  class_name: z.string(),
  config: z.looseObject({ name: z.string() }),
  inbound_nodes: z.array(z.unknown()).default([]),
});

const weightsSchema = z.array(
  z.object({
    paths: z.array(z.string()),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().nonnegative()),
        dtype: z.string(),
        quantization: z.unknown().optional(),
      }),
    ),
  }),
);

const modelSchema = z.object({
  modelTopology: z.object({
    model_config: z.object({
      class_name: z.string(),
      config: z.union([
        z.array(z.unknown()),
        z.object({
          name: z.string().default('model'),
          layers: z.array(z.unknown()),
          input_layers: z.array(z.array(z.unknown())).optional(),
          output_layers: z.array(z.array(z.unknown())).optional(),
        }),
      ]),
    }),
  }),
  weightsManifest: weightsSchema,
});

async function readJson(path: string): Promise<z.infer<typeof modelSchema>> {
  try {
    return modelSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new HeatboxError('MODEL_DAMAGED', `${path} is not a TensorFlow.js layers model`, {
      hint: 'Give the model.json that the TensorFlow.js converter wrote for a Keras model.',
      value: path,
      cause,
      kind: 'usage',
    });
  }
}

async function readWeights(manifest: z.infer<typeof weightsSchema>, folder: string): Promise<Map<string, Weight>> {
  const weights = new Map<string, Weight>();
  for (const group of manifest) {
    const bytes = Buffer.concat(await Promise.all(group.paths.map((path) => readFile(join(folder, path)))));
    let offset = 0;
    for (const { name, shape, dtype, quantization } of group.weights) {
      if (dtype !== 'float32' || quantization !== undefined)
        throw unsupported(`weight ${name} is not plain float32`, dtype);
      const count = shape.reduce((product, size) => product * size, 1);
      if (offset + count * 4 > bytes.length) {
        throw new HeatboxError('MODEL_DAMAGED', `the weight files end before ${name} (${bytes.length} bytes)`, {
          hint: 'Fetch the model again.',
          value: folder,
          kind: 'usage',
        });
      }
      // A copy, since a Float32Array cannot begin at an odd offset of the file.
      const data = new Float32Array(count);
      new Uint8Array(data.buffer).set(bytes.subarray(offset, offset + count * 4));
      weights.set(name, { shape, data });
      offset += count * 4;
    }
  }
  return weights;
}

/** Keras writes one inbound node for each time a layer is used: `[[[layer, node, tensor, {}], …]]`. */
function inboundLayers(name: string, nodes: readonly unknown[]): string[] {
  if (nodes.length > 1) throw unsupported(`layer ${name} is used ${nodes.length} times`, name);
  const [node] = nodes;
  if (node === undefined) return [];
  const parsed = z.array(z.tuple([z.string()], z.unknown())).safeParse(node);
  if (!parsed.success) throw unsupported(`layer ${name} names its inputs in an unknown way`, node);
  return parsed.data.map(([layer]) => layer);
}
