import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type OnnxModel, writeOnnx } from '../../model/onnx/index.ts';
import { halfPrecision } from '../../model/variants/index.ts';
import type { Size } from '../../types.ts';

/** How far logits in half precision may be from those in single, as a share of their range. */
const AGREEMENT = 0.01;

interface Names {
  readonly input: string;
  readonly logits: string;
}

/**
 * Opens a network on a GPU, in float16 where that serves: the device computes it, the logits of a test picture agree with
 * those in float32 within 1 % of their range, and it is faster.
 *
 * @param size - of the test picture.
 */
export async function openInBestPrecision(
  network: OnnxModel,
  names: Names,
  options: InferenceSession.SessionOptions,
  size: Size,
): Promise<{ session: InferenceSession; half: boolean }> {
  const open = (bytes: Uint8Array) => InferenceSession.create(bytes, options);
  const inHalf = halfPrecision(network);
  // First, since a device without float16 says so at once.
  const half = inHalf && (await open(writeOnnx(inHalf)).catch(() => undefined));
  const tried = half && (await tryOut(half, names, size).catch(() => undefined));
  if (half === undefined || tried === undefined) {
    await half?.release();
    return { session: await open(writeOnnx(network)), half: false };
  }
  const single = await open(writeOnnx(network));
  const expected = await tryOut(single, names, size);
  const serves = agrees(tried.logits, expected.logits) && tried.milliseconds < expected.milliseconds;
  await (serves ? single : half).release();
  return serves ? { session: half, half: true } : { session: single, half: false };
}

async function tryOut(session: InferenceSession, { input, logits }: Names, { width, height }: Size) {
  const pixels = new Uint8Array(width * height * 3).map((_, index) => ((index >> 4) * 97) & 0xff);
  const run = async () => {
    const outputs = await session.run({ [input]: new Tensor('uint8', pixels, [1, height, width, 3]) });
    const values = Float32Array.from(outputs[logits]!.data as Float32Array);
    for (const output of Object.values(outputs)) output.dispose();
    return values;
  };
  // The first run compiles.
  await run();
  const began = performance.now();
  return { logits: await run(), milliseconds: performance.now() - began };
}

/** False for what is not finite, too. */
function agrees(actual: Float32Array, expected: Float32Array): boolean {
  const range = Math.max(...expected) - Math.min(...expected);
  return actual.every((value, index) => Math.abs(value - expected[index]!) <= AGREEMENT * range);
}
