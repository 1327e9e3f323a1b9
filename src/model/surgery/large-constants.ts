import { dataType, type OnnxGraph, type OnnxTensor } from '../onnx/index.ts';
import { unfit } from './refusal.ts';

/** Elements of all constants that a network makes itself; the largest classifiers have half as many weights. */
const MOST_ELEMENTS = 2 ** 28;

/**
 * Refuses a network that makes constants of a size which a few bytes of it name: the engine would make them while it
 * loads the network, all at once.
 *
 * @throws HeatboxError `MODEL_UNSUPPORTED`
 */
export function checkConstants(graph: OnnxGraph): void {
  countConstants(graph, 0);
}

/** @returns `before` and the elements of this graph. */
function countConstants({ node, initializer }: OnnxGraph, before: number): number {
  let total = before;
  const constants = new Map(initializer.map((tensor) => [tensor.name, tensor]));
  for (const { opType, attribute, output } of node) {
    const value = opType === 'Constant' ? attribute.find(({ name }) => name === 'value')?.t : undefined;
    if (value !== undefined) constants.set(output[0], value);
  }
  for (const { opType, input, output, attribute } of node) {
    for (const { g } of attribute) if (g) total = countConstants(g, total);
    const size = sizeOf(
      opType,
      input.map((name) => constants.get(name)),
    );
    total += size;
    if (total > MOST_ELEMENTS) {
      throw unfit(
        `${opType} node '${output[0]}' makes ${size} values of a network's ${total}, which are not in the file`,
        'Export it with its weights in the file.',
        output[0],
      );
    }
  }
  return total;
}

/** Elements that a node makes of constants; 0 where that is not known. */
function sizeOf(opType: string, [first, second, third]: readonly (OnnxTensor | undefined)[]): number {
  switch (opType) {
    case 'ConstantOfShape':
      return product(integers(first));
    case 'Expand':
      return product(integers(second));
    case 'Tile':
      return first === undefined ? 0 : product(first.dims) * product(integers(second));
    case 'Range': {
      const [start, limit, step] = [first, second, third].map((tensor) => integers(tensor)[0]);
      return start === undefined || limit === undefined || !step ? 0 : Math.abs((limit - start) / step);
    }
    default:
      return 0;
  }
}

function product(sizes: readonly number[]): number {
  return sizes.length === 0 ? 0 : sizes.reduce((all, size) => all * Math.max(1, Math.abs(size)), 1);
}

function integers(tensor: OnnxTensor | undefined): number[] {
  if (tensor === undefined) return [];
  const { rawData, int64Data, int32Data } = tensor;
  if (rawData === undefined || rawData.length === 0) return [...(int64Data ?? int32Data ?? [])];
  const wide = tensor.dataType === dataType.int64;
  const width = wide ? 8 : 4;
  if (!wide && tensor.dataType !== dataType.int32) return [];
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.length);
  // No tensor has more axes.
  return Array.from({ length: Math.min(16, Math.floor(rawData.length / width)) }, (_, at) =>
    wide ? Number(view.getBigInt64(at * 8, true)) : view.getInt32(at * 4, true),
  );
}
