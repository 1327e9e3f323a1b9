import type { OpenOnnx, PlainTensor } from '../../model/index.ts';

/** onnxruntime on the CPU in this thread: for looking into networks, where nothing else waits. */
export const openOnnx: OpenOnnx = async (model) => {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  // Level 4: what onnxruntime says of a network is in the error it throws.
  const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
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
