import type { Size } from '../../types.ts';
import { type OnnxModel, writeOnnx } from '../onnx/index.ts';
import type { Preprocessing } from '../preprocessing.ts';
import type { OnnxRun, OpenOnnx, PlainTensor } from '../run-onnx.ts';
import type { NetworkInput } from './image-input.ts';
import { imageTensor, type Picture, prepare, testPicture } from './test-image.ts';

/** What runs have shown of a rewritten network. */
export interface CamCheck {
  /** Largest difference of a logit from the original's, over the largest logit's size, at each size compared. */
  readonly differences: readonly { readonly size: Size; readonly relative: number }[];
  /** Whether a picture in a batch has the logits it has alone. */
  readonly batch: boolean;
  /** Present where other sizes work: what a map cell is worth and what sides must be multiples of, in pixels. */
  readonly sizes?: { readonly stride: number; readonly multipleOf: number };
}

/** The network as it was, its logits as output. */
export interface Original {
  readonly run: OnnxRun;
  readonly input: NetworkInput;
  readonly preprocessing: Preprocessing;
  readonly output: string;
  /** Whether it pools the whole map at every size, so that it can be compared at others than its own. */
  readonly comparable: boolean;
}

/**
 * Runs a rewritten network beside the original on test pictures: at the original's own size, in batches, and at other
 * sizes, square and not, larger and smaller.
 *
 * @param free - whether batch and size are declared free in `model`.
 * @param pictures - shown at the network's own size besides the synthetic ones.
 */
export async function checkCam(
  model: OnnxModel,
  original: Original,
  size: Size,
  free: { readonly batch: boolean; readonly size: boolean },
  open: OpenOnnx,
  pictures: readonly Picture[] = [],
): Promise<CamCheck> {
  const session = await open(writeOnnx(model));
  try {
    const differences: { size: Size; relative: number }[] = [];
    const own = [...[1, 2].map((seed) => testPicture(size, seed)), ...pictures];
    for (const picture of own) differences.push({ size, relative: await difference(session, original, [picture]) });
    const batch = free.batch && (await sameInBatch(session, own.slice(0, 2)));
    const compare = async (other: Size) => {
      const relative = await attempt(() => difference(session, original, [testPicture(other, 3)]));
      if (relative !== undefined) differences.push({ size: other, relative });
    };
    const sizes = free.size ? await otherSizes(session, size, original.comparable ? compare : undefined) : undefined;
    return { differences, batch, ...(sizes && { sizes }) };
  } finally {
    await session.close();
  }
}

/**
 * Runs a network in heatbox's form at its own size and at others, and sees how many pixels a map cell is worth.
 *
 * @returns `sizes` where others work.
 */
export async function measureSizes(
  session: OnnxRun,
  size: Size,
): Promise<{ stride: number; sizes: CamCheck['sizes'] }> {
  const { rows, cols } = await mapSize(session, size);
  const sizes = await otherSizes(session, size);
  return { stride: sizes?.stride ?? Math.max(1, Math.round((size.height / rows + size.width / cols) / 2)), sizes };
}

/** @param compare - shown each size that was tried and works. */
async function otherSizes(
  session: OnnxRun,
  size: Size,
  compare?: (other: Size) => Promise<void>,
): Promise<CamCheck['sizes']> {
  const rows = (await attempt(() => mapSize(session, size)))?.rows;
  const tall = (await attempt(() => mapSize(session, { ...size, height: size.height + 128 })))?.rows;
  const stride = rows && tall && tall > rows ? Math.round(128 / (tall - rows)) : 0;
  if (stride === 0) return undefined;
  for (const multipleOf of [stride, stride * 2]) {
    const side = (pixels: number, more: number) => Math.max(2, Math.floor(pixels / multipleOf) + more) * multipleOf;
    const tried = [
      { width: side(size.width, 2), height: side(size.height, 1) },
      { width: side(size.width * 0.7, 0), height: side(size.height, 0) },
    ];
    let works = true;
    for (const other of tried) {
      const maps = await attempt(() => mapSize(session, other));
      // A trunk that crops or pads its border may have a cell more or less.
      works &&= maps !== undefined && near(maps.rows, other.height / stride) && near(maps.cols, other.width / stride);
      if (works) await compare?.(other);
    }
    if (works) return { stride, multipleOf };
  }
  return undefined;
}

function near(cells: number, expected: number): boolean {
  return Math.abs(cells - expected) <= 2;
}

async function mapSize(session: OnnxRun, size: Size): Promise<{ rows: number; cols: number }> {
  const { maps, logits } = await session.run({ image: imageTensor([testPicture(size, 1)]) });
  if (!floats(logits!).every(Number.isFinite))
    throw new Error(`the logits at ${size.width}x${size.height} are not finite`);
  return { rows: maps!.dims[2]!, cols: maps!.dims[3]! };
}

async function sameInBatch(session: OnnxRun, pictures: readonly Picture[]): Promise<boolean> {
  const together = await attempt(() => session.run({ image: imageTensor(pictures) }));
  if (together === undefined) return false;
  const logits = floats(together.logits!);
  const classes = logits.length / pictures.length;
  for (const [place, picture] of pictures.entries()) {
    const alone = floats((await session.run({ image: imageTensor([picture]) })).logits!);
    if (relativeDifference(logits.subarray(place * classes, (place + 1) * classes), alone) > 1e-3) return false;
  }
  return true;
}

async function difference(session: OnnxRun, original: Original, pictures: readonly Picture[]): Promise<number> {
  const { input, preprocessing, output, run } = original;
  // A network exported for a batch of several is shown the same picture several times.
  const batch = Array.from({ length: input.batch ?? 1 }, () => pictures[0]!);
  const expected = await run.run({ [input.name]: prepare(batch, input, preprocessing) });
  const actual = floats((await session.run({ image: imageTensor(pictures) })).logits!);
  return relativeDifference(actual, floats(expected[output]!).subarray(0, actual.length));
}

function relativeDifference(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [worst, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    worst = Math.max(worst, Math.abs(actual[i]! - value));
    largest = Math.max(largest, Math.abs(value));
  }
  if (Number.isNaN(worst)) return Number.POSITIVE_INFINITY;
  return largest === 0 ? worst : worst / largest;
}

function floats({ data }: PlainTensor): Float32Array {
  return Float32Array.from(data as ArrayLike<number>);
}

async function attempt<Result>(action: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await action();
  } catch {
    return undefined;
  }
}
