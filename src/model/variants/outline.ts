import { float32Tensor, type OnnxGraph, type OnnxModel } from '../onnx/index.ts';

/** What a network computes further to tell where objects end. */
export interface OutlineGraph extends Pick<OnnxGraph, 'node' | 'initializer'> {
  /** The evidence: `[N, 1, rows, cols]`, 0 to 1, at a quarter of the input. */
  readonly output: string;
}

/** Of a decoder: the factors by which it upsamples the last stage. */
const LAST_SCALES = 'outline/scales/5';

/**
 * A decoder as part of the graph of its trunk, whose activations it takes by their names.
 *
 * @param decoder Its file has one output.
 * @param computed Whether the trunk computes a value.
 * @param dilated Whether the trunk's last stage is, and so has twice the rows and columns that the decoder was made for.
 * @returns nothing where the trunk lacks an activation, or its operators are of another version.
 */
export function outlineGraph(
  decoder: OnnxModel,
  opsets: OnnxModel['opsetImport'],
  computed: (name: string) => boolean,
  dilated: boolean,
): OutlineGraph | undefined {
  const { graph, opsetImport } = decoder;
  if (versionOf(opsetImport) !== versionOf(opsets) || !graph.input.every(({ name }) => computed(name)))
    return undefined;
  const initializer = graph.initializer.map((tensor) =>
    dilated && tensor.name === LAST_SCALES ? float32Tensor(LAST_SCALES, [4], [1, 1, 2, 2]) : tensor,
  );
  return { node: graph.node, initializer, output: graph.output[0]!.name };
}

function versionOf(opsets: OnnxModel['opsetImport']): number | undefined {
  return opsets.find(({ domain }) => domain === '' || domain === undefined)?.version;
}
