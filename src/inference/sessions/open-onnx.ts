import type { OnnxRun, PlainTensor } from '../../model/index.ts';
import { dotProducts, exactSums } from '../providers/dot-products.ts';

/**
 * Opens a network with onnxruntime on the CPU, in this thread: for looking into networks, where nothing else waits. It is
 * the `OpenOnnx` that `model/` takes.
 *
 * @param cpu - Whether the CPU has dot-product instructions. Tests set it to cover both kinds of CPU.
 */
export async function openOnnx(model: Uint8Array, cpu = dotProducts()): Promise<OnnxRun> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  // Level 4: what onnxruntime says of a network is in the error it throws.
  const session = await InferenceSession.create(model, { logSeverityLevel: 4, extra: { session: exactSums(cpu) } });
  return {
    async run(inputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { type, data, dims }]) => [
          name,
          new Tensor(type as 'float32', data as Float32Array, dims),
        ]),
      );
      const outputs = await session.run(feeds);
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { type, dims, data }]) => [
          name,
          { type, dims, data } as unknown as PlainTensor,
        ]),
      );
    },
    close: () => session.release(),
  };
}
