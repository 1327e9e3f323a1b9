import type { OnnxNode } from '../onnx/index.ts';
import { type GraphIndex, intsOf } from '../surgery/graph-index.ts';
import { neededFor } from '../surgery/needed-nodes.ts';
import { constantFloats } from './constant-floats.ts';

/** What of a network is computed in 8 bits. */
export interface QuantisationPlan {
  readonly convolutions: ReadonlySet<OnnxNode>;
  /** The values that are rounded to 8 bits, in the order in which they are made. */
  readonly values: readonly string[];
  /** Of these the ones that are rounded as another one is: what was pooled is on the scale of what it was pooled from. */
  readonly sharing: ReadonlyMap<string, string>;
}

/** What the engine has 8-bit operators for beside convolutions, and what costs enough to be worth them. */
const JOINING = new Set(['Add', 'Concat']);
/** What hands a value of the last layer on to the maps as it is. */
const HANDING_ON = new Set(['Identity', 'Mul', 'Transpose', 'Cast', 'Reshape']);

/**
 * Decides what is computed in 8 bits: the convolutions between the preprocessing and the layer that gives the maps, and the
 * sums, joins and largest-value pools between them. All else stays in float, and its results are rounded only where a
 * convolution reads them. A ReLU or a clip behind a convolution or sum costs nothing: it is in the range it is rounded to.
 *
 * @param maps Name of the class maps.
 */
export function planQuantisation(index: GraphIndex, maps: string): QuantisationPlan {
  const head = headOf(index, maps);
  const nodes = neededFor([maps], index.graph).filter((node) => node !== head);
  const convolutions = new Set(nodes.filter((node) => isConvolution(index, node)));
  const rounded = new Set<string>();
  const sharing = new Map<string, string>();
  for (const node of nodes) {
    const data = index.computedInputs(node);
    if (convolutions.has(node)) {
      rounded.add(node.input[0]!).add(settled(index, node));
    } else if (JOINING.has(node.opType) && data.length === node.input.length && data.every((one) => rounded.has(one))) {
      const end = settled(index, node);
      if (index.readers(end).some((reader) => convolutions.has(reader) || takesRounded(index, reader)))
        rounded.add(end);
    } else if (node.opType === 'MaxPool' && node.output.length === 1 && rounded.has(data[0]!)) {
      rounded.add(node.output[0]!);
      sharing.set(node.output[0]!, sharing.get(data[0]!) ?? data[0]!);
    }
  }
  const made = index.graph.node.flatMap(({ output }) => output).filter((value) => rounded.has(value));
  return { convolutions, values: made, sharing };
}

/** The layer that gives the maps, which stays in float. */
function headOf(index: GraphIndex, maps: string): OnnxNode | undefined {
  let node = index.producer(maps);
  while (node !== undefined && HANDING_ON.has(node.opType)) node = index.producer(index.computedInputs(node)[0]!);
  return node;
}

function isConvolution(index: GraphIndex, node: OnnxNode): boolean {
  const [data, kernel, bias] = node.input;
  if (node.opType !== 'Conv' || !index.computed(data!) || index.producer(data!) === undefined) return false;
  if (bias && constantFloats(index, bias) === undefined) return false;
  return constantFloats(index, kernel!) !== undefined;
}

/** What a convolution or sum gives, behind the activation where it is one that the rounding takes in. */
function settled(index: GraphIndex, node: OnnxNode): string {
  const [value] = node.output;
  const [reader, another] = index.readers(value!);
  const isOutput = index.graph.output.some(({ name }) => name === value);
  if (reader === undefined || another !== undefined || isOutput) return value!;
  return reader.opType === 'Relu' || reader.opType === 'Clip' ? reader.output[0]! : value!;
}

function takesRounded(index: GraphIndex, node: OnnxNode): boolean {
  if (node.opType === 'MaxPool') return intsOf(node, 'kernel_shape') !== undefined;
  return JOINING.has(node.opType) && index.computedInputs(node).length === node.input.length;
}
