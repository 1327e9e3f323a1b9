import { readFile } from 'node:fs/promises';
import type { Tensor } from 'onnxruntime-node';
import { appendToOnnx, readOnnx, writeOnnx } from '../model/onnx/index.ts';
import { type Refinable, refinable } from '../model/variants/index.ts';
import type { Features } from '../types.ts';
import type { RefineOptions } from './engine.ts';

/** A variant of a network without its weights, which `network` holds as an ONNX file until it is loaded. */
export type RefinableNetwork = Pick<Refinable, 'stages' | 'affinities' | 'weights'> & { network?: Uint8Array };

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
): Promise<RefinableNetwork | undefined> {
  const bytes = await readFile(onnxPath);
  const variant = refinable(readOnnx(bytes), maps, dilate);
  if (variant === undefined) return undefined;
  const { stages, affinities, weights, added, model } = variant;
  const network = added ? appendToOnnx(bytes, added) : writeOnnx(model);
  return { network, stages, affinities, ...(weights && { weights }) };
}

/**
 * What a run of such a network gives for one of its inputs: views of the outputs.
 *
 * @param position Of the input in the batch.
 */
export function featuresOf(
  { stages, affinities }: Pick<Refinable, 'stages' | 'affinities'>,
  outputs: Readonly<Record<string, Tensor>>,
  position: number,
): Features {
  const last = outputs[stages.last]!;
  const [, channels = 0, rows = 0, cols = 0] = last.dims;
  return {
    last: { channels, rows, cols, data: ofInput(last, position) },
    affinities: affinities.map(({ affinity, grid }) => {
      const [rows, cols] = [...(outputs[grid]!.data as BigInt64Array)].map(Number) as [number, number];
      return { rows, cols, data: ofInput(outputs[affinity]!, position) };
    }),
  };
}

/** The part of a batch's tensor that is one input's: a view. */
export function ofInput({ dims, data }: Tensor, position: number): Float32Array {
  const values = data.length / dims[0]!;
  return (data as Float32Array).subarray(position * values, (position + 1) * values);
}
