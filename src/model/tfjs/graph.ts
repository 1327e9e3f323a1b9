import { z } from 'zod';
import { HeatboxError } from '../../error.ts';
import { type WeightsManifest, weightsManifestSchema } from '../convert/read-weights.ts';
import { unsupported } from '../convert/unsupported.ts';
import { parseJson } from '../files/parse-json.ts';

const integer = z.union([z.string(), z.number()]);

const attributeSchema = z.looseObject({
  b: z.boolean().optional(),
  /** Base64. */
  s: z.string().optional(),
  list: z.looseObject({ i: z.array(integer).optional(), s: z.array(z.string()).optional() }).optional(),
  shape: z.looseObject({ dim: z.array(z.looseObject({ size: integer.default(-1) })).optional() }).optional(),
});

const nodeSchema = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attributeSchema).default({}),
});

const modelSchema = z.object({
  modelTopology: z.object({ node: z.array(nodeSchema) }),
  signature: z
    .looseObject({ outputs: z.record(z.string(), z.looseObject({ name: z.string() })).optional() })
    .optional(),
  weightsManifest: weightsManifestSchema,
});

/** A node of TensorFlow's graph; its inputs are names of nodes. */
export type GraphNode = z.infer<typeof nodeSchema>;

/** A TensorFlow.js graph model, read. */
export interface TfjsGraph {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Name of the node whose output is the network's. */
  readonly output: string;
  readonly weightsManifest: WeightsManifest;
  /** @throws HeatboxError `MODEL_UNSUPPORTED` where there is none of that name. */
  node(name: string): GraphNode;
  /** Shape of a constant. */
  shapeOf(name: string): readonly number[];
}

/**
 * @param text - of the `model.json`.
 * @throws HeatboxError `MODEL_DAMAGED`; `MODEL_UNSUPPORTED` for a graph with several outputs.
 */
export function parseGraph(text: string, path: string): TfjsGraph {
  let json: z.infer<typeof modelSchema>;
  try {
    json = modelSchema.parse(parseJson(text));
  } catch (cause) {
    throw new HeatboxError('MODEL_DAMAGED', `${path} is not a TensorFlow.js graph model`, {
      hint: 'Give the model.json that the TensorFlow.js converter wrote.',
      value: path,
      cause,
      kind: 'usage',
    });
  }
  const nodes = new Map(
    json.modelTopology.node.map((node) => [
      node.name,
      // `name:0` is a node's first output; `^name` says only that it comes before.
      { ...node, input: node.input.filter((name) => !name.startsWith('^')).map(nodeName) },
    ]),
  );
  requireOrder(nodes, path);
  const node = (name: string) => {
    const found = nodes.get(name);
    if (found === undefined) throw unsupported(`its graph ends before a global average pooling, at '${name}'`, name);
    return found;
  };
  const read = new Set([...nodes.values()].flatMap(({ input }) => input));
  const told = Object.values(json.signature?.outputs ?? {}).map(({ name }) => nodeName(name));
  const ends = [...nodes.values()].filter(({ name, op }) => !read.has(name) && op !== 'Const').map(({ name }) => name);
  const outputs = told.length > 0 ? told : ends;
  if (outputs.length !== 1) throw unsupported(`it has ${outputs.length} outputs: ${outputs.join(', ')}`, outputs);
  const shapes = new Map(
    json.weightsManifest.flatMap(({ weights }) => weights.map(({ name, shape }) => [name, shape])),
  );
  return {
    nodes,
    output: outputs[0]!,
    weightsManifest: json.weightsManifest,
    node,
    shapeOf: (name) => shapes.get(name) ?? [],
  };
}

/** What follows the nodes back calls itself for each. */
const MOST_DEPTH = 2_000;

/**
 * Sorts the nodes by what they read, each once (Kahn, Communications of the ACM 5(11), 1962).
 *
 * @throws HeatboxError `MODEL_DAMAGED` for nodes that read each other in a circle, or a chain longer than any network's.
 */
function requireOrder(nodes: ReadonlyMap<string, GraphNode>, path: string): void {
  const readers = new Map<string, string[]>();
  const waiting = new Map<string, number>();
  for (const { name, input } of nodes.values()) {
    const read = [...new Set(input)].filter((one) => nodes.has(one));
    waiting.set(name, read.length);
    for (const one of read) {
      const known = readers.get(one);
      if (known === undefined) readers.set(one, [name]);
      else known.push(name);
    }
  }
  let ready = [...nodes.keys()].filter((name) => waiting.get(name) === 0);
  let done = 0;
  for (let depth = 0; ready.length > 0 && depth < MOST_DEPTH; depth++) {
    done += ready.length;
    const next: string[] = [];
    for (const name of ready) {
      for (const reader of readers.get(name) ?? []) {
        const left = waiting.get(reader)! - 1;
        waiting.set(reader, left);
        if (left === 0) next.push(reader);
      }
    }
    ready = next;
  }
  if (done === nodes.size) return;
  const reason =
    ready.length > 0 ? `is a chain of more than ${MOST_DEPTH} nodes` : 'has nodes that read each other in a circle';
  throw new HeatboxError('MODEL_DAMAGED', `the graph of ${path} ${reason}`, {
    hint: 'Give the model.json that the TensorFlow.js converter wrote.',
    value: path,
    kind: 'usage',
  });
}

export function integers({ attr }: GraphNode, name: string): number[] {
  return (attr[name]?.list?.i ?? []).map(Number);
}

export function text({ attr }: GraphNode, name: string): string | undefined {
  const value = attr[name]?.s;
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}

export function texts({ attr }: GraphNode, name: string): string[] {
  return (attr[name]?.list?.s ?? []).map((value) => Buffer.from(value, 'base64').toString());
}

function nodeName(name: string): string {
  return name.replace(/:\d+$/, '');
}
