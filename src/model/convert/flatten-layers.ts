import { z } from 'zod';
import type { Size } from '../../types.ts';
import { unsupported } from './unsupported.ts';

/** One layer of a network whose nested models have been taken apart. */
export interface FlatLayer {
  /** Unique in the network. */
  readonly name: string;
  /** What it is called in its own model, and so its weights. */
  readonly ownName: string;
  /** Keras' class, as `Conv2D`. */
  readonly type: string;
  /** Keras' settings of the layer. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers it reads. */
  readonly inputs: readonly string[];
}

const modelConfigSchema = z.object({
  name: z.string().default('model'),
  layers: z.array(z.unknown()),
  input_layers: z.array(z.unknown()).optional(),
  output_layers: z.array(z.unknown()).optional(),
});

/** `model_config` of a `model.json`. */
export const topologySchema = z.object({
  class_name: z.string(),
  config: z.union([z.array(z.unknown()), modelConfigSchema]),
});

const layerSchema = z.object({
  class_name: z.string(),
  config: z.looseObject({ name: z.string() }),
  inbound_nodes: z.array(z.unknown()).default([]),
});

/** Of models within models. */
const MOST_DEPTH = 16;

type Topology = z.infer<typeof topologySchema>;
type LayerSpec = z.infer<typeof layerSchema>;

/**
 * Lists a Keras network's layers, those of nested models in the place of the model: a network fine-tuned from another
 * has it inside as one layer.
 *
 * @throws HeatboxError `MODEL_UNSUPPORTED` for several inputs or outputs, layers used several times, or none.
 */
export function flattenLayers(topology: Topology): {
  name: string;
  layers: FlatLayer[];
  output: string;
  size: Size | undefined;
  models: string[];
} {
  const layers: FlatLayer[] = [];
  const output = inline(topology, undefined, layers, new Map());
  if (output === undefined) throw unsupported('it has no layers');
  const name = Array.isArray(topology.config) ? 'sequential' : topology.config.name;
  const size = layers.map(({ config }) => sizeOf(config)).find((found) => found !== undefined);
  return { name, layers, output, size, models: [name, ...nestedNames(topology)] };
}

/** @returns the name of the layer whose output is the model's. */
function inline(
  topology: Topology,
  feed: string | undefined,
  layers: FlatLayer[],
  taken: Map<string, number>,
  depth = 0,
) {
  if (depth > MOST_DEPTH) throw unsupported(`it has models within models, ${depth} deep`);
  const { class_name: kind, config } = topology;
  const specs = (Array.isArray(config) ? config : config.layers).map((spec) => layerSchema.parse(spec));
  const ends = Array.isArray(config) ? undefined : endsOf(config);
  /** From names inside of this model to the network's. */
  const names = new Map<string, string>();
  let previous = feed;
  for (const spec of specs) {
    const own = spec.config.name;
    const inside =
      kind === 'Sequential'
        ? [previous].filter((name) => name !== undefined)
        : inboundLayers(spec).map((name) => names.get(name) ?? name);
    const nested = topologySchema.safeParse(spec);
    let name: string | undefined;
    if (nested.success) {
      if (inside.length > 1) throw unsupported(`the model ${own} inside of it has ${inside.length} inputs`, own);
      name = inline(nested.data, inside[0], layers, taken, depth + 1);
      if (name === undefined) throw unsupported(`the model ${own} inside of it has no layers`, own);
    } else if (spec.class_name === 'InputLayer' && feed !== undefined) {
      name = feed;
    } else {
      name = unique(own, taken);
      const later = inside.find((input) => !taken.has(input));
      // Whoever followed the layers back could go round in circles.
      if (later !== undefined) throw unsupported(`layer ${own} reads ${later}, which does not come before it`, own);
      taken.set(name, 1);
      layers.push({ name, ownName: own, type: spec.class_name, config: spec.config, inputs: inside });
    }
    names.set(own, name);
    previous = name;
  }
  if (ends !== undefined && !names.has(ends.output))
    throw unsupported(`its output ${ends.output} is not one of its layers`);
  return ends === undefined ? previous : names.get(ends.output);
}

/** `[["name", 0, 0]]`, and as Keras 3 writes it where there is one, `["name", 0, 0]`. */
function endsOf({ input_layers, output_layers }: z.infer<typeof modelConfigSchema>): { output: string } | undefined {
  if (output_layers === undefined) return undefined;
  const [inputs, outputs] = [input_layers ?? [[]], output_layers].map((ends) =>
    typeof ends[0] === 'string' ? [ends] : (ends as unknown[][]),
  ) as [unknown[][], unknown[][]];
  if (inputs.length !== 1 || outputs.length !== 1) {
    throw unsupported(`it has ${inputs.length} inputs and ${outputs.length} outputs; one of each can be converted`);
  }
  return { output: String(outputs[0]![0]) };
}

/**
 * Keras writes one inbound node for each time a layer is used: `[[[layer, node, tensor, {}], …]]`; from version 3 on
 * `[{ args: [{ config: { keras_history: [layer, node, tensor] } }] }]`, with a list of those where it reads several.
 */
function inboundLayers({ config: { name }, inbound_nodes: nodes }: LayerSpec): string[] {
  if (nodes.length > 1) throw unsupported(`layer ${name} is used ${nodes.length} times`, name);
  const [node] = nodes;
  if (node === undefined) return [];
  const old = z.array(z.tuple([z.string()], z.unknown())).safeParse(node);
  if (old.success) return old.data.map(([layer]) => layer);
  const tensor = z.object({ config: z.object({ keras_history: z.tuple([z.string()], z.unknown()) }) });
  const recent = z.object({ args: z.array(z.union([tensor, z.array(tensor)])) }).safeParse(node);
  if (!recent.success) throw unsupported(`layer ${name} names its inputs in an unknown way`, node);
  return recent.data.args.flat().map((argument) => argument.config.keras_history[0]);
}

function nestedNames({ config }: Topology): string[] {
  return (Array.isArray(config) ? config : config.layers).flatMap((spec) => {
    const nested = topologySchema.safeParse(spec);
    return nested.success ? [layerSchema.parse(spec).config.name, ...nestedNames(nested.data)] : [];
  });
}

/** @param taken - names, with how often each was wished for. */
function unique(name: string, taken: Map<string, number>): string {
  let count = taken.get(name) ?? 1;
  let result = name;
  while (taken.has(result)) result = `${name}-${++count}`;
  if (result !== name) taken.set(name, count);
  return result;
}

function sizeOf(config: FlatLayer['config']): Size | undefined {
  const shape = config.batch_input_shape ?? config.batch_shape;
  const parsed = z.tuple([z.unknown(), z.int().positive(), z.int().positive(), z.literal(3)]).safeParse(shape);
  return parsed.success ? { height: parsed.data[1], width: parsed.data[2] } : undefined;
}
