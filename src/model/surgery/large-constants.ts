import { dataType, type OnnxAttribute, type OnnxGraph, type OnnxTensor } from '../onnx/index.ts';
import { unfit } from './refusal.ts';

/** Elements of all that a network makes itself; the largest classifiers have half as many weights. */
const MOST_ELEMENTS = 2 ** 28;
/** Elements of what `Resize` is taken to enlarge: few, so that only absurd factors are refused. */
const LEAST_ENLARGED = 2 ** 16;

/**
 * Refuses a network that makes constants of a size which a few bytes of it name, or that pads or enlarges beyond all
 * measure: the engine would take the memory while it loads or runs the network, all at once.
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
      (name) => attribute.find((one) => one.name === name),
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

/** Elements that a node makes, as far as constants tell; 0 where that is not known. */
function sizeOf(
  opType: string,
  [first, second, third, fourth]: readonly (OnnxTensor | undefined)[],
  attribute: (name: string) => OnnxAttribute | undefined,
): number {
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
    case 'Pad': {
      const pads = attribute('pads')?.ints ?? integers(second);
      return product(pads.filter((pad) => pad > 0).map((pad) => pad + 1));
    }
    case 'Resize':
      return Math.max(product(integers(fourth)), enlarged(floats(third)), enlarged(floats(second)));
    case 'Upsample':
      return enlarged(attribute('scales')?.floats ?? floats(second));
    default:
      return 0;
  }
}

function product(sizes: readonly number[]): number {
  return sizes.length === 0 ? 0 : sizes.reduce((all, size) => all * Math.max(1, Math.abs(size)), 1);
}

function enlarged(scales: readonly number[]): number {
  return scales.length === 0 ? 0 : scales.reduce((all, scale) => all * Math.max(1, scale), LEAST_ENLARGED);
}

function floats(tensor: OnnxTensor | undefined): number[] {
  if (tensor?.dataType !== dataType.float32) return [];
  const { rawData = new Uint8Array() } = tensor;
  if (rawData.length === 0) return tensor.floatData ?? [];
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.length);
  return Array.from({ length: axesIn(rawData.length, 4) }, (_, at) => view.getFloat32(at * 4, true));
}

function integers(tensor: OnnxTensor | undefined): number[] {
  if (tensor === undefined) return [];
  const { rawData, int64Data, int32Data } = tensor;
  if (rawData === undefined || rawData.length === 0) return [...(int64Data ?? int32Data ?? [])];
  const wide = tensor.dataType === dataType.int64;
  const width = wide ? 8 : 4;
  if (!wide && tensor.dataType !== dataType.int32) return [];
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.length);
  return Array.from({ length: axesIn(rawData.length, width) }, (_, at) =>
    wide ? Number(view.getBigInt64(at * 8, true)) : view.getInt32(at * 4, true),
  );
}

/** Numbers in so many bytes; no tensor has more axes. */
function axesIn(bytes: number, width: number): number {
  return Math.min(16, Math.floor(bytes / width));
}
