import { HeatboxError } from '../../error.ts';
import type { Size } from '../../types.ts';
import { dataType, type OnnxGraph, type OnnxModel, onnxNode, readOnnx, writeOnnx } from '../onnx/index.ts';
import type { Preprocessing } from '../preprocessing.ts';
import type { OpenOnnx } from '../run-onnx.ts';
import { assemble, type FixedSizes } from './assemble.ts';
import { type CamCheck, checkCam, type Original } from './check.ts';
import { freeSize, sizeTaps } from './free-size.ts';
import { indexGraph, nodeName } from './graph-index.ts';
import type { NetworkInput } from './image-input.ts';
import { checkConstants } from './large-constants.ts';
import { networkInput } from './network-input.ts';
import { probe } from './probe.ts';
import { type Head, headTaps, readHead } from './read-head.ts';
import { unfit } from './refusal.ts';
import { type Picture, prepare, testPicture } from './test-image.ts';
import { traceHead } from './trace-head.ts';

export interface MakeCamOptions {
  readonly preprocessing: Preprocessing;
  /** Where the declaration of the network's input leaves it open. */
  readonly layout?: 'NCHW' | 'NHWC';
  /** Size to run it at, where the network leaves it open; 224×224 otherwise. */
  readonly size?: Size;
  /** The output that has the logits or probabilities; the first that a CAM can be made for otherwise. */
  readonly output?: string;
  /** More pictures to compare on, of the network's own size. */
  readonly pictures?: readonly Picture[];
}

/** A classifier rewritten to give its class activation maps. */
export interface Cam {
  /** ONNX: `image` in, `maps` and `logits` out (see `assemble`). */
  readonly bytes: Uint8Array;
  readonly classCount: number;
  /** The size the network was made for. */
  readonly size: Size;
  readonly stride: number;
  readonly multipleOf: number;
  /** What could not be made free. */
  readonly fixed: { readonly size: boolean; readonly batch: boolean };
  readonly input: NetworkInput;
  /** Name of the node that pooled. */
  readonly pooling: string;
  /** The activation that was left out at the end, as `Softmax`. */
  readonly activation: string | undefined;
  /** Largest relative difference of the logits from the original's on the test pictures, at each size compared. */
  readonly differences: CamCheck['differences'];
}

/**
 * Rewrites an ONNX classifier that ends in global average pooling and linear layers, or in a convolution to classes and
 * global average pooling (Network in Network), into one that gives the class activation maps of all classes and the same
 * logits. Batch and size become free where the network allows; what it gives has been compared with the original.
 *
 * @throws HeatboxError `MODEL_DAMAGED` for bytes that are no ONNX file, `MODEL_NO_CAM` with the reason and the node's
 * name as `value`, `MODEL_UNSUPPORTED` when it cannot be read or fed, `MODEL_DIFFERS` when the logits do not agree.
 */
export async function makeCam(bytes: Uint8Array, options: MakeCamOptions, open: OpenOnnx): Promise<Cam> {
  const model = readOnnx(bytes);
  requireOpset(model);
  const index = indexGraph(model.graph);
  checkConstants(model.graph);
  const input = networkInput(model, index, options.layout);
  const size = {
    width: input.width ?? options.size?.width ?? 224,
    height: input.height ?? options.size?.height ?? 224,
  };
  const feeds = { [input.name]: prepare(blank(size, input.batch), input, options.preprocessing) };
  const traces = outputs(model, options.output).map((output) => traceHead(index, output));
  const taps = traces.map((trace) => headTaps(trace, index));
  const wanted = {
    shapes: [...taps.flatMap((tap) => tap.shapes), ...sizeTaps(index)],
    weights: taps.flatMap((tap) => tap.weights),
  };
  const seen = await probe(model, feeds, wanted, open);
  const head = firstOf(traces.map((trace) => () => readHead(trace, index, seen)));

  const run = await open(writeOnnx({ ...model, graph: comparedGraph(model, head) }));
  const original: Original = {
    run,
    input,
    preprocessing: options.preprocessing,
    output: comparedOutput,
    comparable: head.pooling.opType !== 'AveragePool' && input.height === undefined && input.width === undefined,
  };
  let failure: unknown;
  try {
    const graphs = [freeSize(index, seen), model.graph];
    for (const attempt of attempts(size, input)) {
      for (const graph of graphs) {
        const candidate = assemble(model, graph, head, input, options.preprocessing, seen, attempt.fixed);
        const check = await checkCam(candidate, original, size, attempt.free, open, options.pictures).catch((error) => {
          failure ??= error;
          return undefined;
        });
        if (check === undefined || check.batch !== attempt.free.batch) continue;
        if ((check.sizes !== undefined) !== attempt.free.size) continue;
        if (attempt.free.size && check.differences.some(({ relative }) => !(relative <= tolerance(model, input))))
          continue;
        return finish(candidate, head, input, size, check, tolerance(model, input));
      }
    }
  } finally {
    await run.close();
  }
  throw unfit(
    'its head was understood, but the rewritten network does not run',
    'Please report it with the network.',
    undefined,
    failure,
  );
}

/** The way back from each is followed. */
const MOST_OUTPUTS = 32;

const comparedOutput = 'heatbox/original-logits';

/** From everything free to nothing free. */
function attempts(size: Size, input: NetworkInput): { free: { batch: boolean; size: boolean }; fixed: FixedSizes }[] {
  const batch = input.batch ?? 1;
  return [
    { free: { batch: true, size: true }, fixed: {} },
    { free: { batch: true, size: false }, fixed: size },
    { free: { batch: false, size: true }, fixed: { batch } },
    { free: { batch: false, size: false }, fixed: { ...size, batch } },
  ].filter(({ free }) => free.batch || batch === 1);
}

function finish(model: OnnxModel, head: Head, input: NetworkInput, size: Size, check: CamCheck, allowed: number): Cam {
  const worst = check.differences.reduce((a, b) => (b.relative > a.relative ? b : a));
  if (!(worst.relative <= allowed)) {
    throw new HeatboxError(
      'MODEL_DIFFERS',
      `the rewritten network's logits differ from the original's by ${worst.relative.toExponential(1)} of the largest at ${worst.size.width}x${worst.size.height}; ${allowed} is allowed`,
      { value: worst.relative, hint: 'Please report it with the network; the original file was not changed.' },
    );
  }
  const [rows, cols] = head.layout === 'NCHW' ? head.shape.slice(2) : head.shape.slice(1, 3);
  const stride = check.sizes?.stride ?? Math.max(1, Math.round((size.height / rows! + size.width / cols!) / 2));
  return {
    bytes: writeOnnx(model),
    classCount: head.linear.outputs,
    size,
    stride,
    multipleOf: check.sizes?.multipleOf ?? stride,
    fixed: { size: check.sizes === undefined, batch: !check.batch },
    input,
    pooling: nodeName(head.pooling),
    activation: head.activation?.opType,
    differences: check.differences,
  };
}

/** The original with its logits, as float32, for its only output. */
function comparedGraph({ graph }: OnnxModel, head: Head): OnnxGraph {
  const cast = onnxNode('Cast', [head.logits], [comparedOutput], { to: dataType.float32 });
  const output = { name: comparedOutput, type: { tensorType: { elemType: dataType.float32 } } };
  return { ...graph, node: [...graph.node, cast], output: [output], valueInfo: [] };
}

function outputs(model: OnnxModel, wanted: string | undefined): string[] {
  const names = model.graph.output.map((output) => output.name);
  if (wanted === undefined && names.length > MOST_OUTPUTS)
    throw unfit(`it has ${names.length} outputs`, 'Say with --output which one has the logits.', names.length);
  if (wanted === undefined) return names;
  if (names.includes(wanted)) return [wanted];
  throw unfit(`it has no output '${wanted}'`, `Its outputs are ${names.slice(0, MOST_OUTPUTS).join(', ')}.`, wanted);
}

/** The first output with a CAM; if none has one, the first's refusal says why. */
function firstOf(readers: readonly (() => Head)[]): Head {
  let refusal: unknown;
  for (const read of readers) {
    try {
      return read();
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

function requireOpset(model: OnnxModel): void {
  const opset =
    model.opsetImport.find(({ domain }) => domain === undefined || domain === '' || domain === 'ai.onnx')?.version ?? 1;
  if (opset < 7) throw unfit(`it uses opset ${opset}`, 'Export it again for opset 13 or later.', opset);
}

/** float16 has three digits, and other orders of adding may cost one. */
function tolerance(model: OnnxModel, input: NetworkInput): number {
  const half = input.elemType === dataType.float16 || model.graph.node.some((node) => castsToHalf(node));
  return half ? 1e-2 : 1e-4;

  function castsToHalf(node: OnnxModel['graph']['node'][number]): boolean {
    return node.opType === 'Cast' && node.attribute.some((attribute) => attribute.i === dataType.float16);
  }
}

function blank(size: Size, batch = 1): Picture[] {
  return Array.from({ length: batch }, () => testPicture(size, 0));
}
