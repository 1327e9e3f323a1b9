import { type GraphIndex, intsOf } from '../surgery/graph-index.ts';

/** The values of a network at which its maps can be refined. */
export interface Stages {
  /** What the class maps are a 1×1 convolution of. */
  readonly last: string;
  /** The last activations of the stages of half, and of a quarter, of the last one's stride; finest first. */
  readonly earlier: readonly string[];
}

/** Node types whose results are taken for a stage's activations: `[N, channels, rows, cols]`. */
const ACTIVATIONS = new Set([
  'Relu',
  'Clip',
  'LeakyRelu',
  'PRelu',
  'Elu',
  'Add',
  'Concat',
  'Conv',
  'BatchNormalization',
  // What a quantised network's activation is read as.
  'DequantizeLinear',
]);

const STRIDED = new Set(['Conv', 'MaxPool', 'AveragePool']);

/**
 * Pixels along a map's cell from which on it is worth refining. Finer maps need it less, and to tell how alike all of their
 * cells are to all of finer stages would take gigabytes.
 */
const COARSE = 16;

/** What has no place in the picture any more. */
const PLACELESS = new Set(['GlobalAveragePool', 'GlobalMaxPool', 'Shape', 'ReduceMean', 'Flatten']);

/**
 * Finds the stages by their strides, which multiply along the way from the image. A value made of several, as by a skip
 * connection, has the largest of their strides; what was pooled away, as in squeeze and excitation, has none.
 *
 * @param maps Name of the class maps.
 * @returns nothing where the maps do not come out of one node or are fine already, or there is no earlier stage.
 */
export function findStages(index: GraphIndex, maps: string): Stages | undefined {
  const last = index.producer(maps)?.input[0];
  if (last === undefined || !index.computed(last)) return undefined;
  const strides = new Map<string, number>(index.dataInputs.map((name) => [name, 1]));
  const ends = new Map<number, string>();
  for (const node of index.graph.node) {
    const before = index.computedInputs(node).flatMap((name) => strides.get(name) ?? []);
    if (before.length > 0 && !PLACELESS.has(node.opType)) {
      const own = STRIDED.has(node.opType) ? Math.max(...(intsOf(node, 'strides') ?? [1])) : 1;
      const stride = Math.max(...before) * own;
      for (const output of node.output) strides.set(output, stride);
      if (ACTIVATIONS.has(node.opType)) ends.set(stride, node.output[0]!);
    }
    if (node.output.includes(last)) break;
  }
  const stride = strides.get(last);
  if (stride === undefined || stride < COARSE) return undefined;
  const earlier = [stride / 4, stride / 2].flatMap((fraction) => ends.get(fraction) ?? []);
  return earlier.length === 0 ? undefined : { last, earlier };
}
