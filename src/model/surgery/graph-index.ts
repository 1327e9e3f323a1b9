import { HeatboxError } from '../../error.ts';
import type { OnnxGraph, OnnxNode } from '../onnx/index.ts';

/** Who makes and who reads each value of a graph, and which values depend on the image. */
export interface GraphIndex {
  readonly graph: OnnxGraph;
  /** The node that makes a value; none for inputs and initialisers. */
  producer(value: string): OnnxNode | undefined;
  readers(value: string): readonly OnnxNode[];
  /** Whether a value depends on the graph's input. The others are weights, or made of weights. */
  computed(value: string): boolean;
  /** The inputs of a node that depend on the image. */
  computedInputs(node: OnnxNode): readonly string[];
  /** The graph's inputs that are not weights with a default. */
  readonly dataInputs: readonly string[];
}

/**
 * @throws HeatboxError `MODEL_DAMAGED` where a value is made twice, or read before it is made: what follows values back
 * would go round in circles.
 */
export function indexGraph(graph: OnnxGraph): GraphIndex {
  const weights = new Set(graph.initializer.map((tensor) => tensor.name));
  const dataInputs = graph.input.map((input) => input.name).filter((name) => !weights.has(name));
  const given = new Set(dataInputs);
  const producers = new Map<string, OnnxNode>();
  const readers = new Map<string, OnnxNode[]>();
  const computed = new Set(dataInputs);
  for (const node of graph.node) {
    for (const input of new Set(node.input)) {
      const known = readers.get(input);
      if (known === undefined) readers.set(input, [node]);
      else known.push(node);
    }
    for (const output of node.output) {
      if (output === '') continue;
      if (producers.has(output) || weights.has(output) || given.has(output)) throw disordered(output, 'made twice');
      if (readers.has(output)) throw disordered(output, 'read before it is made');
      producers.set(output, node);
    }
    if (node.input.some((input) => computed.has(input)) || hasGraph(node)) {
      for (const output of node.output) computed.add(output);
    }
  }
  return {
    graph,
    dataInputs,
    producer: (value) => producers.get(value),
    readers: (value) => readers.get(value) ?? [],
    computed: (value) => computed.has(value),
    computedInputs: (node) => node.input.filter((input) => computed.has(input)),
  };
}

function disordered(value: string, what: string): HeatboxError {
  return new HeatboxError('MODEL_DAMAGED', `this network is not in order: the value '${value}' is ${what}`, {
    hint: 'Export it again; onnx.checker.check_model says more.',
    value,
    kind: 'usage',
  });
}

/** The name a user can find a node by: exporters may leave nodes unnamed, but never their outputs. */
export function nodeName(node: OnnxNode): string {
  return node.name || node.output[0] || '?';
}

/** `Gemm node fc6`. */
export function describeNode(node: OnnxNode): string {
  return `${node.opType} node '${nodeName(node)}'`;
}

/** The integers of an attribute, or one integer as a list. */
export function intsOf(node: OnnxNode, name: string): readonly number[] | undefined {
  const attribute = node.attribute.find((candidate) => candidate.name === name);
  if (attribute === undefined) return undefined;
  return attribute.ints !== undefined && attribute.ints.length > 0 ? attribute.ints : [attribute.i ?? 0];
}

export function intOf(node: OnnxNode, name: string, otherwise: number): number {
  return node.attribute.find((candidate) => candidate.name === name)?.i ?? otherwise;
}

export function floatOf(node: OnnxNode, name: string, otherwise: number): number {
  return node.attribute.find((candidate) => candidate.name === name)?.f ?? otherwise;
}

export function textOf(node: OnnxNode, name: string): string | undefined {
  const bytes = node.attribute.find((candidate) => candidate.name === name)?.s;
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

/** `If` and `Loop` may read any outer value from inside: taken for computed. */
function hasGraph(node: OnnxNode): boolean {
  return node.attribute.some((attribute) => attribute.g !== undefined && attribute.g !== null);
}
