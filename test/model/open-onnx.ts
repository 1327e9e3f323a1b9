import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OpenOnnx, PlainTensor } from '../../src/model/run-onnx.ts';

/** onnxruntime on the CPU, in this thread. */
export const openOnnx: OpenOnnx = async (model) => {
  const session = await InferenceSession.create(model, { logSeverityLevel: 4, intraOpNumThreads: 2 });
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
};
