import { readFile } from 'node:fs/promises';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { readOnnx } from '../model/onnx/index.ts';
import { type Refinable, refinable } from '../model/variants/index.ts';
import type { Features } from '../types.ts';
import type { RefineOptions } from './engine.ts';

/**
 * The variant of a network that also gives what its maps are refined with; nothing where its architecture does not allow
 * that.
 *
 * @param maps Name of its class maps.
 * @throws HeatboxError `MODEL_DAMAGED`
 */
export async function readRefinable(
  onnxPath: string,
  maps: string,
  { dilate }: RefineOptions,
): Promise<Refinable | undefined> {
  return refinable(readOnnx(await readFile(onnxPath)), maps, dilate);
}

/**
 * What a run of such a network gives for one of its inputs, in buffers of its own.
 *
 * @param position Of the input in the batch.
 */
export function featuresOf(
  { stages, affinities }: Refinable,
  outputs: InferenceSession.OnnxValueMapType,
  position: number,
): Features {
  const last = outputs[stages.last] as Tensor;
  const [, channels = 0, rows = 0, cols = 0] = last.dims;
  return {
    last: { channels, rows, cols, data: ofInput(last, position) },
    affinities: affinities.map(({ affinity, grid }) => {
      const [rows, cols] = [...((outputs[grid] as Tensor).data as BigInt64Array)].map(Number) as [number, number];
      return { rows, cols, data: ofInput(outputs[affinity] as Tensor, position) };
    }),
  };
}

/** The part of a batch's tensor that is one input's. */
function ofInput({ dims, data }: Tensor, position: number): Float32Array {
  const values = data.length / dims[0]!;
  return (data as Float32Array).slice(position * values, (position + 1) * values);
}
