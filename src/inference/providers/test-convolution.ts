import { InferenceSession, Tensor } from 'onnxruntime-node';
import { dataType, float32Tensor, type OnnxValueInfo, onnxNode, writeOnnx } from '../../model/onnx/index.ts';

const CHANNELS = 64;
const SIDE = 56;
const SHAPE = [1, CHANNELS, SIDE, SIDE];
const RUNS = 3;

/**
 * Times one 3×3 convolution of ResNet's kind, 0.23 GFLOP: enough to tell a GPU from software that plays one, and so little
 * that it does not matter at the start.
 *
 * @returns milliseconds of the best of three runs, after one that compiles.
 */
export async function timeConvolution(options: InferenceSession.SessionOptions): Promise<number> {
  const session = await InferenceSession.create(network(), options);
  try {
    const values = new Float32Array(CHANNELS * SIDE * SIDE).map((_, index) => Math.sin(index));
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run <= RUNS; run++) {
      const began = performance.now();
      const outputs = await session.run({ x: new Tensor('float32', values, SHAPE) });
      outputs.y!.dispose();
      if (run > 0) best = Math.min(best, performance.now() - began);
    }
    return best;
  } finally {
    await session.release();
  }
}

function network(): Uint8Array {
  const kernel = Array.from({ length: CHANNELS * CHANNELS * 9 }, (_, index) => Math.cos(index) / 24);
  return writeOnnx({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'test',
      node: [onnxNode('Conv', ['x', 'w'], ['y'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })],
      initializer: [float32Tensor('w', [CHANNELS, CHANNELS, 3, 3], kernel)],
      input: [value('x')],
      output: [value('y')],
    },
  });
}

function value(name: string): OnnxValueInfo {
  const dim = SHAPE.map((side) => ({ dimValue: side }));
  return { name, type: { tensorType: { elemType: dataType.float32, shape: { dim } } } };
}
