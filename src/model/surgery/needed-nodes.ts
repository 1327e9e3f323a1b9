import type { OnnxGraph, OnnxNode } from '../onnx/index.ts';

/** The nodes that `values` depend on, in their order. */
export function neededFor(values: Iterable<string>, graph: Pick<OnnxGraph, 'node'>): OnnxNode[] {
  const wanted = new Set(values);
  const nodes: OnnxNode[] = [];
  for (const node of graph.node.toReversed()) {
    if (!node.output.some((output) => wanted.has(output))) continue;
    nodes.push(node);
    for (const name of valuesRead(node)) wanted.add(name);
  }
  return nodes.reverse();
}

/** A node's inputs and, for `If` and `Loop`, everything read inside. */
function valuesRead(node: OnnxNode): string[] {
  return [...node.input, ...node.attribute.flatMap((attribute) => attribute.g?.node.flatMap(valuesRead) ?? [])];
}
